package dev.tmem.dispatch;

import dev.tmem.backend.BackendUsage;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What is done with ephemeral pages when RAM is short: they give way first, the coldest of them
 * before the others, and never take room from persistent ones.
 *
 * <p>A put keeps the pool below the mark above which the reclaimer works, by dropping pages itself:
 * so however many pages are put, none of a swap area is demoted for them. The reclaimer, when it
 * makes room for a swap area, calls {@link #giveWay} before it demotes anything.
 *
 * <p>Thread-safe.
 */
final class Ephemerals {

  /** Pages that a put drops at once, to be spared the look for the next ones. */
  private static final int BATCH_PAGES = 32;

  /** Taken for the size of a zpage where bytes are wanted for pages. */
  private static final long ZPAGE_BYTES = 2_048;

  /** Pages that have to be dropped in vain before compaction is tried; it looks at every slot. */
  private static final int PAGES_BETWEEN_COMPACTIONS = 1024;

  private final Dispatcher dispatcher;
  private final EphemeralHand hand;
  private final Expiry expiry;
  private final AtomicBoolean compacting = new AtomicBoolean();
  private final AtomicLong sinceCompaction = new AtomicLong();

  Ephemerals(Dispatcher dispatcher) {
    this.dispatcher = dispatcher;
    this.hand = new EphemeralHand(dispatcher);
    this.expiry = new Expiry(dispatcher);
  }

  Expiry expiry() {
    return expiry;
  }

  /** Whether one page more stays below the mark; if not, colder ones are dropped for it. */
  boolean mayGrow(RegisteredBackend ram) {
    return isBelowMark(ram) || (drop(ram, BATCH_PAGES) > 0 && isBelowMark(ram));
  }

  private static boolean isBelowMark(RegisteredBackend ram) {
    BackendUsage usage = ram.usage();
    return usage.usedBytes() <= usage.limitBytes() / 100 * Watermarks.HIGH_PERCENT;
  }

  /**
   * Makes room for a put that found none below the mark: what is free is of other sizes.
   *
   * @return whether it is worth another try
   */
  boolean makeRoom(RegisteredBackend ram) {
    int dropped = drop(ram, BATCH_PAGES);
    if (sinceCompaction.addAndGet(dropped) >= PAGES_BETWEEN_COMPACTIONS
        && compacting.compareAndSet(false, true)) {
      sinceCompaction.set(0);
      dispatcher
          .scheduler()
          .execute(() -> {
            try {
              dispatcher.compaction().run(ram);
            } finally {
              compacting.set(false);
            }
          });
    }
    return dropped > 0;
  }

  /**
   * Drops the coldest ephemeral pages for the sake of persistent ones, those of others first; and
   * has the persistent ones of others brought elsewhere, which nobody waits for.
   *
   * @return how many were dropped; 0: there are none
   */
  int giveWay(RegisteredBackend ram, int pages) {
    BackendUsage usage = ram.usage();
    long above = usage.usedBytes() - Watermarks.of(usage.limitBytes()).low();
    dispatcher.keepers().giveWay(Math.max(above, pages * ZPAGE_BYTES));
    return drop(ram, pages);
  }

  /** Those of others first. */
  private int drop(RegisteredBackend ram, int pages) {
    long freed = dispatcher.keepers().drop(pages * ZPAGE_BYTES);
    return freed > 0 ? Math.clamp(freed / ZPAGE_BYTES, 1, pages) : hand.drop(ram, pages, true);
  }

  /** Drops all that lie in a backend that is taken out, which takes no more of them by now. */
  void leave(RegisteredBackend backend) {
    EphemeralHand.dropAll(dispatcher, backend);
  }

  /**
   * Drops the coldest ones that lie in a backend that is shrunk.
   *
   * @return how many were dropped
   */
  long shrink(RegisteredBackend ram, long pages) {
    if (ram.ram() == null) {
      return 0;
    }
    long left = pages;
    int dropped = 1;
    while (left > 0 && dropped > 0) {
      dropped = hand.drop(ram, (int) Math.min(left, 4096), false);
      left -= dropped;
    }
    return pages - left;
  }
}
