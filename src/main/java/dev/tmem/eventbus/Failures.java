package dev.tmem.eventbus;

import dev.tmem.AreaGoneException;
import dev.tmem.ErrorCode;
import dev.tmem.OutcomeUnknownException;
import dev.tmem.TmemException;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Errors on their way over the event bus. */
final class Failures {

  private static final Logger LOG = LoggerFactory.getLogger(Failures.class);

  private Failures() {}

  /** Answers a request with an error: its number, and all of it as JSON. */
  static void reply(Message<?> message, Throwable cause) {
    TmemException error;
    if (cause instanceof TmemException known) {
      error = known;
    } else {
      LOG.error("a request to {} failed unexpectedly", message.address(), cause);
      error = new TmemException(ErrorCode.INTERNAL, String.valueOf(cause), cause);
    }
    message.fail(error.code().number(), error.toJson().encode());
  }

  /**
   * The error that a client's caller gets.
   *
   * @param changes whether the request would have changed something
   */
  static TmemException of(String node, boolean changes, @Nullable Throwable cause) {
    if (cause instanceof TmemException known) {
      return known;
    }
    if (!(cause instanceof ReplyException reply)) {
      return new TmemException(ErrorCode.INTERNAL, String.valueOf(cause), cause);
    }
    return switch (reply.failureType()) {
      case NO_HANDLERS ->
          new TmemException(ErrorCode.NODE_UNREACHABLE, "no node is named " + node, reply);
      case TIMEOUT ->
          changes
              ? new OutcomeUnknownException("node " + node + " did not answer in time")
              : new TmemException(
                  ErrorCode.NODE_UNREACHABLE, "node " + node + " did not answer in time", reply);
      default -> answered(reply);
    };
  }

  private static TmemException answered(ReplyException reply) {
    String text = String.valueOf(reply.getMessage());
    ErrorCode code = ErrorCode.of(reply.failureCode());
    if (code == ErrorCode.WRONG_INCARNATION) {
      return new AreaGoneException("the node was restarted: " + messageOf(text));
    }
    try {
      return TmemException.fromJson(new JsonObject(text));
    } catch (DecodeException e) {
      return new TmemException(code, text, reply);
    }
  }

  private static String messageOf(String text) {
    try {
      return new JsonObject(text).getString("message", text);
    } catch (DecodeException e) {
      return text;
    }
  }
}
