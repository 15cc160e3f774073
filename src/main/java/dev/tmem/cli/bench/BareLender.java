package dev.tmem.cli.bench;

import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.Message;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetServerOptions;
import io.vertx.core.net.NetSocket;

/**
 * Answers over a socket and over the event bus, with the bytes that a lender would, and does
 * nothing else: pages come as they lie there, and what is put is forgotten. Confined to its event
 * loop.
 */
final class BareLender extends VerticleBase {

  static final String ADDRESS = "bench.zpage";

  private static final String LOOPBACK = "127.0.0.1";

  private final PackedPages packed;
  private int port;

  BareLender(PackedPages packed) {
    this.packed = packed;
  }

  @Override
  public Future<?> start() {
    NetServer server =
        vertx
            .createNetServer(new NetServerOptions().setHost(LOOPBACK).setPort(0))
            .connectHandler(this::serve);
    return Future.all(
        server.listen().onSuccess(listening -> port = listening.actualPort()),
        vertx.eventBus().<Buffer>consumer(ADDRESS).handler(this::answer).completion());
  }

  /** Where it listens, once it is deployed. */
  int port() {
    return port;
  }

  private void serve(NetSocket socket) {
    BareFrames frames = new BareFrames(frame -> socket.write(answer(frame)));
    socket.handler(frames::take);
  }

  private void answer(Message<Buffer> request) {
    request.reply(answer(request.body()));
  }

  private Buffer answer(Buffer frame) {
    int count = frame.getInt(BareFrameLayout.COUNT);
    return frame.getInt(BareFrameLayout.KIND) == BareFrameLayout.GET
        ? BareFrames.getAnswer(packed, count)
        : BareFrames.putAnswer(count);
  }
}
