package dev.tmem.cli.bench;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.VertxInternal;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetSocket;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A socket to a {@link BareLender}: what is asked is answered in order. Thread-safe: everything
 * happens on its event loop, {@link #context}.
 */
final class BareSocket implements AutoCloseable {

  private static final long CONNECT_SECONDS = 60;

  private final Context context;
  private final NetClient client;
  private final NetSocket socket;
  private final Queue<Promise<Buffer>> asked = new ArrayDeque<>();

  private BareSocket(Context context, NetClient client, NetSocket socket) {
    this.context = context;
    this.client = client;
    this.socket = socket;
    BareFrames frames = new BareFrames(answer -> asked.remove().complete(answer));
    socket.handler(frames::take);
  }

  static BareSocket connect(Vertx vertx, int port) throws TimeoutException {
    Context context = ((VertxInternal) vertx).createEventLoopContext();
    NetClient client = vertx.createNetClient();
    Promise<BareSocket> connected = Promise.promise();
    context.runOnContext(go ->
        client
            .connect(port, "127.0.0.1")
            .map(socket -> new BareSocket(context, client, socket))
            .onComplete(connected));
    return connected.future().await(CONNECT_SECONDS, TimeUnit.SECONDS);
  }

  /** The event loop of the socket. */
  Context context() {
    return context;
  }

  /** Asks, on any event loop; the answer comes on the caller's. */
  Future<Buffer> ask(Buffer frame) {
    ContextInternal caller = ContextInternal.current();
    Promise<Buffer> answer = caller.promise();
    if (caller.equals(context)) {
      ask(frame, answer);
    } else {
      context.runOnContext(go -> ask(frame, answer));
    }
    return answer.future();
  }

  private void ask(Buffer frame, Promise<Buffer> answer) {
    asked.add(answer);
    socket.write(frame);
  }

  @Override
  public void close() {
    client.close();
  }
}
