package dev.tmem.eventbus;

import dev.tmem.TmemEvent;
import io.vertx.core.Vertx;
import java.util.function.Consumer;

/** Publishes what happens at a node to {@code tmem.NODE.events}. Thread-safe. */
public final class EventPublisher implements Consumer<TmemEvent> {

  private final Vertx vertx;
  private final String node;

  public EventPublisher(Vertx vertx, String node) {
    this.vertx = vertx;
    this.node = node;
  }

  @Override
  public void accept(TmemEvent event) {
    vertx.eventBus().publish(Addresses.events(node), event.toJson().put("node", node));
  }
}
