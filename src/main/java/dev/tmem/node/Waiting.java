package dev.tmem.node;

import dev.tmem.ErrorCode;
import dev.tmem.TmemException;
import io.vertx.core.Future;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Waits for futures on threads that are not Vert.x's. */
final class Waiting {

  private Waiting() {}

  /**
   * Waits for a result.
   *
   * @param what what is waited for, for the message
   * @throws TmemException the future's own, or {@link ErrorCode#INTERNAL} for any other failure,
   *     for the end of the patience, and for an interrupt
   */
  static <T extends @Nullable Object> T get(Future<T> future, long seconds, String what) {
    try {
      return future.toCompletionStage().toCompletableFuture().get(seconds, TimeUnit.SECONDS);
    } catch (ExecutionException failed) {
      throw failure(failed, what);
    } catch (TimeoutException late) {
      throw new TmemException(
          ErrorCode.INTERNAL, what + ": not done after " + seconds + " s", late);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new TmemException(ErrorCode.INTERNAL, what + ": interrupted", interrupted);
    }
  }

  private static TmemException failure(ExecutionException failed, String what) {
    if (failed.getCause() instanceof TmemException own) {
      return own;
    }
    Throwable root = failed;
    for (Throwable next = failed; next != null; next = next.getCause()) {
      root = next;
    }
    String why = root.getMessage() == null ? root.toString() : root.getMessage();
    return new TmemException(ErrorCode.INTERNAL, what + ": " + why, failed);
  }
}
