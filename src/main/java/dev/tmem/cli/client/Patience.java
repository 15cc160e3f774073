package dev.tmem.cli.client;

import dev.tmem.BatchException;
import dev.tmem.SwapArea;
import dev.tmem.TmemException;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Calls that are made again while what stands against them may pass: a page that cannot be reached
 * now, an answer that did not come, tiers that are full while pages move down. Blocks; immutable.
 *
 * <p>Storing a page twice is the same as storing it once, so an unknown outcome may be repeated.
 *
 * @param attempts the most calls
 * @param pauseMillis between the first two; it doubles up to {@link #MAX_PAUSE_MILLIS}
 */
public record Patience(int attempts, long pauseMillis) {

  static final long MAX_PAUSE_MILLIS = 1_000;

  /** For a person who waits: some three seconds of pauses. */
  public static final Patience SOME = new Patience(8, 25);

  /** While a cluster finds out that one of its nodes has died: some half a minute of pauses. */
  public static final Patience MUCH = new Patience(36, 25);

  /** Stores pages, again those that could not be kept at first. */
  public void storeAll(SwapArea area, long[] offsets, List<Buffer> pages) {
    long[] left = offsets;
    List<Buffer> leftPages = pages;
    for (int attempt = 1; ; attempt++) {
      try {
        area.storeAll(left, leftPages).await();
        return;
      } catch (BatchException some) {
        giveUpOn(some, attempt);
        List<Buffer> failedPages = new ArrayList<>();
        long[] failed = new long[some.causes().size()];
        for (int i = 0; i < left.length; i++) {
          if (some.causes().containsKey(left[i])) {
            failed[failedPages.size()] = left[i];
            failedPages.add(leftPages.get(i));
          }
        }
        left = failed;
        leftPages = failedPages;
      } catch (TmemException failure) {
        giveUpOn(failure, attempt);
      }
      pause(attempt);
    }
  }

  /** Loads pages, null for each that is not present. */
  public List<@Nullable Buffer> loadAll(SwapArea area, long[] offsets) {
    return call(() -> area.loadAll(offsets));
  }

  /**
   * Makes a call that may be repeated.
   *
   * @throws TmemException the last failure
   */
  public <T extends @Nullable Object> T call(Supplier<Future<T>> call) {
    for (int attempt = 1; ; attempt++) {
      try {
        return call.get().await();
      } catch (TmemException failure) {
        giveUpOn(failure, attempt);
      }
      pause(attempt);
    }
  }

  private void giveUpOn(TmemException failure, int attempt) {
    if (attempt >= attempts || !mayPass(failure)) {
      throw failure;
    }
  }

  static boolean mayPass(TmemException failure) {
    if (failure instanceof BatchException batch) {
      return batch.causes().values().stream().allMatch(Patience::mayPass);
    }
    return switch (failure.code()) {
      case FULL, PAGE_UNAVAILABLE, OUTCOME_UNKNOWN -> true;
      default -> false;
    };
  }

  private void pause(int attempt) {
    long millis = Math.min(MAX_PAUSE_MILLIS, pauseMillis << Math.min(attempt - 1, 20));
    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(millis));
  }
}
