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
    TmemException error = known(message, cause);
    message.fail(error.code().number(), error.toJson().encode());
  }

  /** The error to be told; what should not happen is logged as well. */
  static TmemException known(Message<?> message, Throwable cause) {
    if (cause instanceof TmemException known) {
      return known;
    }
    LOG.error("a request to {} failed unexpectedly", message.address(), cause);
    return new TmemException(ErrorCode.INTERNAL, String.valueOf(cause), cause);
  }

  /**
   * The error that a client's caller gets.
   *
   * @param changes whether the request would have changed something
   */
  static TmemException of(String node, boolean changes, @Nullable Throwable cause) {
    if (!(cause instanceof ReplyException reply)) {
      return asTmem(cause);
    }
    return switch (reply.failureType()) {
      case NO_HANDLERS ->
          new TmemException(ErrorCode.NODE_UNREACHABLE, "no node is named " + node, reply);
      case TIMEOUT ->
          changes
              ? new OutcomeUnknownException("node " + node + " did not answer in time")
              : new TmemException(
                  ErrorCode.NODE_UNREACHABLE, "node " + node + " did not answer in time", reply);
      // The bus itself failed, before or after the request was served.
      case ERROR ->
          changes
              ? new OutcomeUnknownException("node " + node + ": " + reply.getMessage())
              : new TmemException(
                  ErrorCode.NODE_UNREACHABLE, "node " + node + ": " + reply.getMessage(), reply);
      case RECIPIENT_FAILURE -> answered(reply);
    };
  }

  /** What it is, as one of ours. */
  static TmemException asTmem(@Nullable Throwable cause) {
    return cause instanceof TmemException known
        ? known
        : new TmemException(ErrorCode.INTERNAL, String.valueOf(cause), cause);
  }

  private static TmemException answered(ReplyException reply) {
    String text = String.valueOf(reply.getMessage());
    ErrorCode code = ErrorCode.of(reply.failureCode());
    TmemException error;
    try {
      error = TmemException.fromJson(new JsonObject(text));
    } catch (DecodeException | ClassCastException | NullPointerException e) {
      error = new TmemException(code, text, reply);
    }
    return code == ErrorCode.WRONG_INCARNATION
        ? new AreaGoneException("the node was restarted: " + error.getMessage())
        : error;
  }
}
