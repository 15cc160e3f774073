package dev.tmem.eventbus;

import dev.tmem.TmemException;
import dev.tmem.admin.AdminCommands;
import dev.tmem.admin.Identity;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;

/**
 * Serves admin commands at {@code tmem.NODE.admin} and {@code tmem.admin}.
 *
 * <p>Confined to the context on which it was started.
 */
public final class AdminService {

  private final Vertx vertx;
  private final Identity identity;
  private final AdminCommands commands;
  private final List<MessageConsumer<Object>> consumers = new ArrayList<>();

  public AdminService(Vertx vertx, Identity identity, AdminCommands commands) {
    this.vertx = vertx;
    this.identity = identity;
    this.commands = commands;
  }

  /** Begins to serve; completes when the cluster knows the addresses. */
  public Future<Void> start() {
    List<Future<Void>> registered = new ArrayList<>();
    for (String address : List.of(Addresses.admin(identity.name()), Addresses.ALL_ADMIN)) {
      MessageConsumer<Object> consumer = vertx.eventBus().consumer(address);
      consumer.handler(this::serve);
      consumers.add(consumer);
      registered.add(consumer.completion());
    }
    return Future.join(registered).mapEmpty();
  }

  /** Stops serving. */
  public Future<Void> stop() {
    return Future.join(consumers.stream().map(MessageConsumer::unregister).toList()).mapEmpty();
  }

  private void serve(Message<Object> message) {
    Request request = new Request(message);
    Future<JsonObject> answer;
    try {
      JsonObject arguments = request.json().copy();
      Object command = arguments.remove("command");
      if (!(command instanceof String name)) {
        throw Request.malformed(
            "the body needs a command, one of " + String.join(", ", commands.names()));
      }
      answer = commands.run(name, arguments);
    } catch (RuntimeException | Error e) {
      answer = Future.failedFuture(e);
    }
    answer
        .onSuccess(json -> tell(message, json))
        .onFailure(error -> {
          if (message.isSend()) {
            Failures.reply(message, error);
          } else {
            TmemException known = Failures.known(message, error);
            tell(message, known.toJson().put("node", identity.name()));
          }
        });
  }

  /** Replies; or, to a published command, sends to the address it names. */
  private void tell(Message<Object> message, JsonObject answer) {
    String address = message.headers().get(Headers.REPLY_ADDRESS);
    if (message.isSend()) {
      message.reply(answer);
    } else if (address != null) {
      vertx.eventBus().send(address, answer);
    }
  }
}
