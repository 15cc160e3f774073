package dev.tmem.eventbus;

import dev.tmem.ErrorCode;
import dev.tmem.Taken;
import dev.tmem.TmemException;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Pages taken by clients elsewhere, until they decide; and then the decision, without the page. A
 * take is remembered for a minute, twice as long as it can stand; after that it did not stand.
 *
 * <p>Confined to the context of the service. Bounded: {@link #MAX_BYTES} of pages not decided on,
 * {@link #MAX_REMEMBERED} takes in all.
 */
final class Takes {

  static final long REMEMBERED_NANOS = 60_000_000_000L;

  /** Bytes of pages that were taken and not decided on; who takes more is refused. */
  static final long MAX_BYTES = 64L << 20;

  /** Takes remembered; the oldest are forgotten first. */
  static final int MAX_REMEMBERED = 65_536;

  private static final class Entry {
    final long madeNanos;
    final int bytes;
    @Nullable Taken open;
    Future<Boolean> stood = Future.succeededFuture(false);

    Entry(Taken taken, int bytes, long madeNanos) {
      this.open = taken;
      this.bytes = bytes;
      this.madeNanos = madeNanos;
    }
  }

  /** In the order of their making. */
  private final Map<String, Entry> takes = new LinkedHashMap<>();

  private final LongSupplier nanoTime;
  private long openBytes;

  Takes(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /**
   * Makes sure that there is room for one more page.
   *
   * @throws TmemException {@link ErrorCode#OVERLOADED} if clients have to decide first
   */
  void checkRoom(int pageSize) {
    forgetOld();
    if (openBytes + pageSize > MAX_BYTES) {
      throw new TmemException(
          ErrorCode.OVERLOADED,
          "pages of "
              + openBytes
              + " bytes are taken and neither committed nor put back; "
              + MAX_BYTES
              + " are allowed");
    }
  }

  /** Remembers a take; its name, which cannot be guessed. */
  String add(Taken taken, int bytes) {
    String name = UUID.randomUUID().toString();
    takes.put(name, new Entry(taken, bytes, nanoTime.getAsLong()));
    openBytes += bytes;
    forgetOld();
    return name;
  }

  /** Forgets what is old, or one too many; the number of those that remain. */
  int forgetOld() {
    long now = nanoTime.getAsLong();
    Iterator<Entry> oldest = takes.values().iterator();
    while (oldest.hasNext()) {
      Entry entry = oldest.next();
      if (takes.size() <= MAX_REMEMBERED && now - entry.madeNanos < REMEMBERED_NANOS) {
        break;
      }
      oldest.remove();
      openBytes -= entry.open == null ? 0 : entry.bytes;
    }
    return takes.size();
  }

  /**
   * Commits or puts back; whether the take still stood.
   *
   * @param names of one take, or of several with commas between them: whether all of them stood
   */
  Future<Boolean> decide(String names, boolean commit) {
    List<Future<Boolean>> stood = new ArrayList<>();
    for (String name : names.split(",", -1)) {
      stood.add(decideOne(name, commit));
    }
    return stood.size() == 1
        ? stood.get(0)
        : Future.join(stood).map(all -> stood.stream().allMatch(Future::result));
  }

  private Future<Boolean> decideOne(String name, boolean commit) {
    Entry entry = takes.get(name);
    if (entry == null) {
      return Future.succeededFuture(false);
    }
    Taken taken = entry.open;
    if (taken != null) {
      entry.stood = commit ? taken.commit() : taken.putBack();
      entry.open = null;
      openBytes -= entry.bytes;
    }
    return entry.stood;
  }
}
