package dev.tmem.ramster;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.EventBus;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.MessageConsumer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Frames over the event bus, sent one way: correlation, deadlines and repetition are the
 * protocol's. Thread-safe: the event bus.
 */
public final class EventBusTransport implements Transport {

  /** Where every node listens for gossip. */
  public static final String EVERYONE = "tmem.peers";

  private final EventBus bus;
  private final String localAddress;
  private volatile List<MessageConsumer<Object>> consumers = List.of();

  /**
   * @param name the node's, unique on this event bus
   */
  public EventBusTransport(Vertx vertx, String name) {
    this.bus = vertx.eventBus();
    this.localAddress = "tmem." + name + ".peer";
  }

  @Override
  public String localAddress() {
    return localAddress;
  }

  /** Here nobody learns of a peer's end. */
  @Override
  public Future<Void> open(Consumer<Buffer> frames, Consumer<String> lost) {
    List<MessageConsumer<Object>> opened = new ArrayList<>();
    List<Future<Void>> registered = new ArrayList<>();
    for (String address : List.of(localAddress, EVERYONE)) {
      MessageConsumer<Object> consumer =
          bus.consumer(address, message -> frames.accept(frame(message)));
      opened.add(consumer);
      registered.add(consumer.completion());
    }
    consumers = List.copyOf(opened);
    return Future.all(registered).mapEmpty();
  }

  /** What is not even bytes is passed on as an empty frame, to be counted as malformed. */
  private static Buffer frame(Message<Object> message) {
    return message.body() instanceof Buffer buffer ? buffer : Buffer.buffer();
  }

  @Override
  public void send(String address, Buffer frame) {
    bus.send(address, frame);
  }

  @Override
  public String link(String address) {
    return "event bus";
  }

  @Override
  public void broadcast(Buffer frame) {
    bus.publish(EVERYONE, frame);
  }

  @Override
  public Future<Void> close() {
    List<Future<Void>> closed = consumers.stream().map(MessageConsumer::unregister).toList();
    return Future.join(closed).mapEmpty();
  }
}
