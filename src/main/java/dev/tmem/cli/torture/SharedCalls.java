package dev.tmem.cli.torture;

import dev.tmem.ErrorCode;
import dev.tmem.ObjectKey;
import dev.tmem.SharedCleanCache;
import dev.tmem.TmemException;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Calls of one node to a shared cache. What is changed is written down in the ledger of all nodes,
 * and what is got is judged by it. Each blocks until it has ended. Thread-safe.
 */
final class SharedCalls {

  /** The page of every object: one message carries them all. */
  static final int INDEXES = 8;

  /** A call that has no answer by then hangs. */
  private static final long HANG_SECONDS = 120;

  /** What a get may not do: it misses. */
  static final String REFUSED = "refused gets";

  private final SharedCleanCache cache;
  private final Ledger ledger;
  private final Findings findings;
  private final GivenUp givenUp;

  SharedCalls(SharedCleanCache cache, Ledger ledger, Findings findings) {
    this.cache = cache;
    this.ledger = ledger;
    this.findings = findings;
    this.givenUp = new GivenUp(ledger);
  }

  int objects() {
    return ledger.pages() / INDEXES;
  }

  private static int page(int object, int index) {
    return object * INDEXES + index;
  }

  private static int[] pages(int object, int[] indexes) {
    return Arrays.stream(indexes).map(index -> page(object, index)).toArray();
  }

  private static int[] allIndexes() {
    return IntStream.range(0, INDEXES).toArray();
  }

  private static Buffer content(int object, int index, long version) {
    return Buffer.buffer(new TorturePage(object, index, version).bytes());
  }

  // ---- Changes

  /** Versions of the pages that a call changes; those that were given up before it began. */
  private final class Change {

    private final int[] pages;
    private final long[] versions;
    private final List<GivenUp.Entry> before;

    Change(int... pages) {
      this.pages = pages;
      this.before = givenUp.of(pages);
      this.versions = Arrays.stream(pages).mapToLong(ledger::begin).toArray();
    }

    boolean isUsedUp() {
      return Arrays.stream(versions).anyMatch(version -> version == Ledger.USED_UP);
    }

    void end(String what, Supplier<Future<Void>> call) {
      ErrorCode failure = SharedCalls.this.end(call).failure;
      if (failure == null) {
        findings.one(what);
        givenUp.over(before);
        forEach(ledger::done);
      } else {
        findings.one("failed changes");
        note(failure);
        boolean isKnown = failure == ErrorCode.NO_LEASE && pages.length == 1;
        forEach(isKnown ? ledger::over : givenUp::add);
      }
    }

    private void forEach(PageAction action) {
      for (int i = 0; i < pages.length; i++) {
        if (versions[i] != Ledger.USED_UP) {
          action.on(pages[i], versions[i]);
        }
      }
    }
  }

  private interface PageAction {
    void on(int page, long version);
  }

  void put(int object, int index) {
    Change change = new Change(page(object, index));
    if (!change.isUsedUp()) {
      Buffer page = content(object, index, change.versions[0]);
      change.end("puts", () -> cache.put(ObjectKey.of(object), index, page));
    }
  }

  void putAll(int object, int[] indexes) {
    Change change = new Change(pages(object, indexes));
    if (!change.isUsedUp()) {
      Buffer[] pages = new Buffer[indexes.length];
      Arrays.setAll(pages, i -> content(object, indexes[i], change.versions[i]));
      change.end("puts", () -> cache.putAll(ObjectKey.of(object), indexes, List.of(pages)));
    }
  }

  void invalidatePage(int object, int index) {
    new Change(page(object, index))
        .end("invalidates", () -> cache.invalidatePage(ObjectKey.of(object), index));
  }

  void invalidateObject(int object) {
    new Change(pages(object, allIndexes()))
        .end("invalidates", () -> cache.invalidateObject(ObjectKey.of(object)));
  }

  void invalidateAll() {
    new Change(IntStream.range(0, ledger.pages()).toArray())
        .end("invalidates", cache::invalidateAll);
  }

  // ---- Gets

  void get(int object, int index) {
    int page = page(object, index);
    long floor = ledger.floor(page);
    End<@Nullable Buffer> end = end(() -> cache.get(ObjectKey.of(object), index));
    if (end.failure == null) {
      got(object, index, floor, end.result);
    } else {
      refused(end.failure);
    }
  }

  void getAll(int object) {
    int[] indexes = allIndexes();
    long[] floors = Arrays.stream(pages(object, indexes)).mapToLong(ledger::floor).toArray();
    End<List<@Nullable Buffer>> end = end(() -> cache.getAll(ObjectKey.of(object), indexes));
    if (end.failure != null || end.result == null) {
      refused(end.failure);
      return;
    }
    for (int index : indexes) {
      got(object, index, floors[index], end.result.get(index));
    }
  }

  private void refused(@Nullable ErrorCode failure) {
    findings.one(REFUSED);
    note(failure);
  }

  private void got(int object, int index, long floor, @Nullable Buffer page) {
    findings.one(page == null ? "misses" : "hits");
    if (page != null && judge(object, index, floor, page) == Verdict.RIGHT) {
      ledger.seen(page(object, index), TorturePage.of(page.getBytes()).version());
    }
  }

  private Verdict judge(int object, int index, long floor, Buffer page) {
    Verdict verdict = verdict(object, index, floor, page.getBytes());
    findings.add(verdict, () -> where(object, index, floor, page));
    return verdict;
  }

  /** With what tells those who look for the cause which calls to look at. */
  private String where(int object, int index, long floor, Buffer page) {
    TorturePage got = TorturePage.of(page.getBytes());
    return "page %d of object %d: page %d of object %d was got, %s"
        .formatted(
            index,
            object,
            got.offset(),
            got.area(),
            ledger.describe(page(object, index), got.version(), floor));
  }

  private Verdict verdict(int object, int index, long floor, byte[] bytes) {
    if (!TorturePage.isWhole(bytes)) {
      return Verdict.CORRUPT;
    }
    TorturePage page = TorturePage.of(bytes);
    if (page.area() != object || page.offset() != index) {
      return Verdict.MISPLACED;
    }
    if (!ledger.isDrawn(page(object, index), page.version())) {
      return Verdict.CORRUPT;
    }
    boolean stale = ledger.isStale(page(object, index), page.version(), floor);
    return stale ? Verdict.STALE : Verdict.RIGHT;
  }

  // ---- Loads

  /**
   * Gets a page, or has it loaded.
   *
   * @param millis that the loader takes
   * @param fails whether it does
   */
  void getOrLoad(int object, int index, int millis, boolean fails) {
    long floor = ledger.floor(page(object, index));
    End<Buffer> end =
        end(() ->
            cache.getOrLoad(
                ObjectKey.of(object), index, () -> source(object, index, millis, fails)));
    if (end.result != null) {
      findings.one("loads");
      judge(object, index, floor, end.result);
    } else {
      findings.one("failed loads");
      note(end.failure);
    }
  }

  private Future<Buffer> source(int object, int index, int millis, boolean fails) {
    findings.one("loader calls");
    long version = ledger.beginLoad(page(object, index));
    if (fails || version == Ledger.USED_UP) {
      return Future.failedFuture(new TmemException(ErrorCode.LOAD_FAILED, "as it is meant to"));
    }
    Buffer page = content(object, index, version);
    if (millis == 0) {
      return Future.succeededFuture(page);
    }
    Promise<Buffer> later = Promise.promise();
    Thread.startVirtualThread(() -> {
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(millis));
      later.complete(page);
    });
    return later.future();
  }

  // ---- How a call ends

  /**
   * Immutable.
   *
   * @param failure null: it succeeded
   */
  private record End<T extends @Nullable Object>(@Nullable T result, @Nullable ErrorCode failure) {}

  private void note(@Nullable ErrorCode failure) {
    if (failure != null) {
      findings.one("ended " + failure.name().toLowerCase(Locale.ROOT));
    }
  }

  private <T extends @Nullable Object> End<T> end(Supplier<Future<T>> call) {
    try {
      return new End<>(call.get().await(HANG_SECONDS, TimeUnit.SECONDS), null);
    } catch (TmemException failed) {
      return new End<>(null, failed.code());
    } catch (TimeoutException hanging) {
      findings.one(Torture.HUNG);
      findings.example("no answer in " + HANG_SECONDS + " s from cache " + cache.name());
      return new End<>(null, ErrorCode.OUTCOME_UNKNOWN);
    }
  }
}
