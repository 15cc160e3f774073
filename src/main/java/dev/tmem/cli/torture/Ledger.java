package dev.tmem.cli.torture;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * What may be read from pages that every node changes: one truth for all processes, in a file that
 * each maps, so that a get on one node is judged by what had completed on any other before it
 * began.
 *
 * <p>A change draws a version when it begins. When it is over, the last version that was drawn by
 * then is written beside it: whatever has drawn a later one began after it. The <em>floor</em> is
 * the last version that was in force for sure. So a page is stale if its put was over before the
 * floor's change began, the floor being looked at before the get began. What a process that was
 * killed, or stood still, did not write makes the judgement milder, never harsher.
 *
 * <p>Thread-safe, also among processes: words that only grow.
 */
final class Ledger {

  /** Drawn when there is none left. */
  static final long USED_UP = 0;

  private static final VarHandle WORD = ValueLayout.JAVA_LONG.varHandle();

  private final MemorySegment words;
  private final int pages;

  private Ledger(MemorySegment words, int pages) {
    this.words = words;
    this.pages = pages;
  }

  /**
   * Maps a file, which is made if it is not there. It has holes where nothing was written.
   *
   * @param pages the same for all who map it
   */
  static Ledger map(Path file, int pages) throws IOException {
    try (FileChannel channel =
        FileChannel.open(
            file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      return new Ledger(
          channel.map(FileChannel.MapMode.READ_WRITE, 0, LedgerLayout.page(pages), Arena.ofAuto()),
          pages);
    }
  }

  int pages() {
    return pages;
  }

  // ---- Words

  private long get(long at) {
    return (long) WORD.getVolatile(words, at);
  }

  private long drawnAt(int page) {
    return LedgerLayout.page(page) + LedgerLayout.DRAWN;
  }

  private long floorAt(int page) {
    return LedgerLayout.page(page) + LedgerLayout.FLOOR;
  }

  private void raiseFloor(int page, long version) {
    long at = floorAt(page);
    long before = get(at);
    while (before < version && !WORD.compareAndSet(words, at, before, version)) {
      before = get(at);
    }
  }

  // ---- Changes

  /** A put or invalidate begins: its version, or {@link #USED_UP}. */
  long begin(int page) {
    long version = (long) WORD.getAndAdd(words, drawnAt(page), 1L) + 1;
    return version <= LedgerLayout.VERSIONS ? version : USED_UP;
  }

  /** A load begins, which brings the page as it is now: an older one than any later change's. */
  long beginLoad(int page) {
    long version = begin(page);
    if (version != USED_UP) {
      long end = version << LedgerLayout.END_SHIFT | LedgerLayout.LOADED;
      WORD.setVolatile(words, LedgerLayout.end(page, version), end);
    }
    return version;
  }

  /** A change has failed, and does not happen any more; it may have happened. */
  void over(int page, long version) {
    if (version != USED_UP) {
      long end = get(drawnAt(page)) << LedgerLayout.END_SHIFT;
      WORD.compareAndSet(words, LedgerLayout.end(page, version), 0L, end);
    }
  }

  /** A change has happened. */
  void done(int page, long version) {
    over(page, version);
    raiseFloor(page, version);
  }

  // ---- Gets

  /** To be asked for before a get begins. */
  long floor(int page) {
    return get(floorAt(page));
  }

  /** Whether somebody has drawn it. */
  boolean isDrawn(int page, long version) {
    return version > 0 && version <= Math.min(get(drawnAt(page)), LedgerLayout.VERSIONS);
  }

  /**
   * Whether a change that had happened before a get began came after this version.
   *
   * @param floor as it was before
   */
  boolean isStale(int page, long version, long floor) {
    long end = get(LedgerLayout.end(page, version));
    return end != 0 && end >> LedgerLayout.END_SHIFT < floor;
  }

  /** What a judgement was about. */
  String describe(int page, long version, long floor) {
    if (!isDrawn(page, version)) {
      return "version " + version + ", which nobody has drawn";
    }
    long end = get(LedgerLayout.end(page, version));
    return "version %d, %s when %d was drawn; %d was in force before, %d is drawn now"
        .formatted(
            version,
            (end & LedgerLayout.LOADED) != 0 ? "loaded" : "over",
            end >> LedgerLayout.END_SHIFT,
            floor,
            get(drawnAt(page)));
  }

  /** A get has found it in the cache, where it will not come a second time. */
  void seen(int page, long version) {
    if ((get(LedgerLayout.end(page, version)) & LedgerLayout.LOADED) == 0) {
      done(page, version);
    }
  }
}
