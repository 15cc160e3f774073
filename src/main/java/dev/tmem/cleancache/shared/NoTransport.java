package dev.tmem.cleancache.shared;

import dev.tmem.ramster.Transport;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.util.function.Consumer;

/** Of a node that is in no cluster: nobody hears it. Immutable. */
public final class NoTransport implements Transport {

  @Override
  public String localAddress() {
    return "alone";
  }

  @Override
  public Future<Void> open(Consumer<Buffer> frames, Consumer<String> lost) {
    return Future.succeededFuture();
  }

  @Override
  public void send(String address, Buffer frame) {}

  @Override
  public String link(String address) {
    return "none";
  }

  @Override
  public void broadcast(Buffer frame) {}

  @Override
  public Future<Void> close() {
    return Future.succeededFuture();
  }
}
