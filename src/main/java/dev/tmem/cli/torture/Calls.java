package dev.tmem.cli.torture;

import dev.tmem.BatchException;
import dev.tmem.ErrorCode;
import dev.tmem.SwapArea;
import dev.tmem.TmemException;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Calls to one area whose outcome its oracle learns. Each blocks until it has ended; of the changes
 * to one page there is never more than one at a time. Thread-safe.
 */
final class Calls {

  /** A call that has no answer by then hangs. */
  private static final long HANG_SECONDS = 120;

  private final SwapArea area;
  private final AreaOracle oracle;
  private final Findings findings;

  Calls(SwapArea area, AreaOracle oracle, Findings findings) {
    this.area = area;
    this.oracle = oracle;
    this.findings = findings;
  }

  AreaOracle oracle() {
    return oracle;
  }

  // ---- Changes

  void store(int offset) {
    PageOracle page = oracle.page(offset);
    long version = page.beginStore();
    Buffer content = Buffer.buffer(oracle.content(offset, version));
    change(page, version, end(() -> area.store(offset, content)));
  }

  void invalidate(int offset) {
    PageOracle page = oracle.page(offset);
    page.beginInvalidate();
    change(page, PageOracle.ABSENT, end(() -> area.invalidatePage(offset)));
  }

  /** Stores pages together; no page twice. */
  void storeAll(int[] offsets) {
    long[] versions = Arrays.stream(offsets).mapToLong(i -> oracle.page(i).beginStore()).toArray();
    Buffer[] pages = new Buffer[offsets.length];
    Arrays.setAll(pages, i -> Buffer.buffer(oracle.content(offsets[i], versions[i])));
    End<Void> end = end(() -> area.storeAll(longs(offsets), List.of(pages)));
    for (int i = 0; i < offsets.length; i++) {
      change(oracle.page(offsets[i]), versions[i], end.of(offsets[i]));
    }
  }

  private void change(PageOracle page, long version, End<Void> end) {
    ErrorCode failure = end.failure;
    if (failure == null) {
      page.settle(version);
      findings.one(version == PageOracle.ABSENT ? "invalidates" : "stores");
    } else if (failure == ErrorCode.OUTCOME_UNKNOWN) {
      page.unknown();
      findings.one("unknown");
    } else {
      page.settle(PageOracle.ABSENT); // a change that fails leaves the page absent
      findings.one(failure == ErrorCode.FULL ? "full" : "failed");
    }
    end.note(findings);
  }

  // ---- Loads

  void load(int offset) {
    PageOracle.Reading reading = oracle.page(offset).read();
    judge(offset, reading, end(() -> area.load(offset)));
  }

  void loadAll(int[] offsets) {
    PageOracle.Reading[] readings =
        Arrays.stream(offsets)
            .mapToObj(i -> oracle.page(i).read())
            .toArray(PageOracle.Reading[]::new);
    End<List<@Nullable Buffer>> end = end(() -> area.loadAll(longs(offsets)));
    List<@Nullable Buffer> pages = end.result;
    for (int i = 0; i < offsets.length; i++) {
      int offset = offsets[i];
      if (pages != null) {
        oracle.judge(readings[i], offset, bytes(pages.get(i)), findings);
      } else if (end.causes == null || end.causes.containsKey((long) offset)) {
        judge(offset, readings[i], new End<>(null, end.of(offset).failure, null));
      } else {
        readings[i].abandon();
      }
    }
    end.note(findings);
  }

  /**
   * Judges a load that has ended.
   *
   * @return false: the page cannot be had now
   */
  private boolean judge(int offset, PageOracle.Reading reading, End<@Nullable Buffer> end) {
    findings.one("loads");
    if (end.failure == null) {
      oracle.judge(reading, offset, bytes(end.result), findings);
      return true;
    }
    if (end.failure == ErrorCode.PAGE_LOST) {
      findings.add(reading.lost(), "is said to be: " + oracle.where(offset));
      return true;
    }
    reading.abandon();
    findings.one(Findings.word(Verdict.UNAVAILABLE));
    end.note(findings);
    return false;
  }

  /** Loads until there is an answer, in the end. False: there is none. */
  boolean verify(int offset) {
    PageOracle.Reading reading = oracle.page(offset).read();
    return judge(offset, reading, end(() -> area.load(offset)));
  }

  private static byte @Nullable [] bytes(@Nullable Buffer page) {
    return page == null ? null : page.getBytes();
  }

  private static long[] longs(int[] offsets) {
    return Arrays.stream(offsets).asLongStream().toArray();
  }

  // ---- How a call ends

  /**
   * Immutable.
   *
   * @param failure null: it succeeded
   * @param causes of a batch that failed in part
   */
  private record End<T extends @Nullable Object>(
      @Nullable T result, @Nullable ErrorCode failure, @Nullable Map<Long, TmemException> causes) {

    /** How it ended for one page of a batch. */
    End<Void> of(int offset) {
      if (causes == null) {
        return new End<>(null, failure, null);
      }
      TmemException cause = causes.get((long) offset);
      return new End<>(null, cause == null ? null : cause.code(), null);
    }

    /** What no fault explains is counted by its name. */
    void note(Findings findings) {
      if (failure != null) {
        findings.one("ended " + failure.name().toLowerCase(Locale.ROOT));
      }
    }
  }

  private <T extends @Nullable Object> End<T> end(Supplier<Future<T>> call) {
    try {
      return new End<>(call.get().await(HANG_SECONDS, TimeUnit.SECONDS), null, null);
    } catch (BatchException some) {
      return new End<>(null, ErrorCode.BATCH, some.causes());
    } catch (TmemException failed) {
      return new End<>(null, failed.code(), null);
    } catch (TimeoutException hanging) {
      findings.one(Torture.HUNG);
      findings.example("no answer in " + HANG_SECONDS + " s from area " + area.name());
      return new End<>(null, ErrorCode.OUTCOME_UNKNOWN, null);
    }
  }
}
