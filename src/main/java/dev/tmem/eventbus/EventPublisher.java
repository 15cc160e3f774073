package dev.tmem.eventbus;

import dev.tmem.dispatch.Notifier;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;

/** Publishes what happens at a node to {@code tmem.NODE.events}. Thread-safe. */
public final class EventPublisher implements Notifier {

  private final Vertx vertx;
  private final String node;

  public EventPublisher(Vertx vertx, String node) {
    this.vertx = vertx;
    this.node = node;
  }

  @Override
  public void event(String type, JsonObject detail) {
    JsonObject event = new JsonObject().put("node", node).put("event", type).mergeIn(detail);
    vertx.eventBus().publish(Addresses.events(node), event);
  }
}
