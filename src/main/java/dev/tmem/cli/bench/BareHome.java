package dev.tmem.cli.bench;

import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetServerOptions;
import io.vertx.core.net.NetSocket;

/**
 * Answers over a socket with the bytes that the home of a shared page would, and does nothing else:
 * compressed pages come as they lie there. Confined to its event loop.
 */
final class BareHome extends VerticleBase {

  private static final String LOOPBACK = "127.0.0.1";

  private final PackedPages packed;
  private int port;

  BareHome(PackedPages packed) {
    this.packed = packed;
  }

  @Override
  public Future<?> start() {
    NetServer server =
        vertx
            .createNetServer(new NetServerOptions().setHost(LOOPBACK).setPort(0))
            .connectHandler(this::serve);
    return server.listen().onSuccess(listening -> port = listening.actualPort());
  }

  /** Where it listens, once it is deployed. */
  int port() {
    return port;
  }

  private void serve(NetSocket socket) {
    BareFrames frames =
        new BareFrames(frame ->
            socket.write(BareFrames.pageAnswer(packed, frame.getInt(BareFrameLayout.COUNT))));
    socket.handler(frames::take);
  }
}
