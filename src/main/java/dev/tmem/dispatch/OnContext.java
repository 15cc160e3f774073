package dev.tmem.dispatch;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import org.jspecify.annotations.Nullable;

/** Tells a result where its caller lives. */
public final class OnContext {

  private OnContext() {}

  /**
   * What is not known yet will be told on the caller's context, if it has one; else on no context
   * at all: one of the node's own may be gone by then, and what was to be told on it would not be.
   */
  public static <T extends @Nullable Object> Future<T> ofCaller(Future<T> future) {
    Context context = Vertx.currentContext();
    if (future.isComplete()) {
      return future;
    }
    Promise<T> promise =
        context == null ? Promise.promise() : ((ContextInternal) context).promise();
    future.onComplete(promise);
    return promise.future();
  }
}
