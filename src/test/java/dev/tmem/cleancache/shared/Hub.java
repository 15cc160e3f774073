package dev.tmem.cleancache.shared;

import dev.tmem.ramster.Transport;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;

/** Carries frames between the nodes of a test, each on a thread of its own. */
final class Hub implements AutoCloseable {

  private final Map<String, Consumer<Buffer>> receivers = new ConcurrentHashMap<>();
  private final Set<String> cutOff = ConcurrentHashMap.newKeySet();
  private final ExecutorService threads = Executors.newFixedThreadPool(2);

  /** From now on that node hears nobody, and nobody hears it. */
  void cutOff(String address) {
    cutOff.add(address);
  }

  void heal() {
    cutOff.clear();
  }

  Transport transport(String address) {
    return new Transport() {
      @Override
      public String localAddress() {
        return address;
      }

      @Override
      public Future<Void> open(Consumer<Buffer> frames, Consumer<String> lost) {
        receivers.put(address, frames);
        return Future.succeededFuture();
      }

      @Override
      public void send(String to, Buffer frame) {
        Consumer<Buffer> receiver = receivers.get(to);
        if (receiver != null && !cutOff.contains(to) && !cutOff.contains(address)) {
          threads.execute(() -> receiver.accept(frame));
        }
      }

      @Override
      public String link(String to) {
        return "hub";
      }

      @Override
      public void broadcast(Buffer frame) {
        receivers.keySet().forEach(to -> send(to, frame));
      }

      @Override
      public Future<Void> close() {
        receivers.remove(address);
        return Future.succeededFuture();
      }
    };
  }

  @Override
  public void close() {
    threads.shutdown();
  }
}
