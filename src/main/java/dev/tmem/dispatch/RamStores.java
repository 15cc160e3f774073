package dev.tmem.dispatch;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.tmem.backend.Backend;
import dev.tmem.codec.CodecScratch;
import org.jspecify.annotations.Nullable;

/**
 * Stores of a swap area that need local RAM alone. What they cannot do changes nothing, and is left
 * to {@link SlowStore}: another operation on the page has to end first, there is no room, or no RAM
 * backend comes before the first that may wait.
 *
 * <p>Thread-safe: as {@link PageSpace}; holds no state.
 */
final class RamStores {

  private final PageSpace space;

  RamStores(PageSpace space) {
    this.space = space;
  }

  /**
   * Compressed bytes into RAM, and the slot to name them.
   *
   * @param atOnce whether to refuse where an older copy would have to be freed elsewhere
   * @return false: nothing has changed
   * @throws dev.tmem.TmemException if the area was closed
   */
  boolean store(long offset, CodecScratch scratch, boolean atOnce) {
    int length = RamForm.finish(scratch, space.config().pageSize());
    Freed freed = atOnce ? null : new Freed(space.dispatcher().backends());
    Stripe stripe = space.stripe(offset);
    stripe.lock.lock();
    try {
      space.checkOpen();
      RegisteredBackend ram = ramFor(stripe, offset);
      if (ram == null || !store(stripe, offset, ram, scratch, length, freed)) {
        return false;
      }
      int zpageLength = length == RamForm.IN_SLOT ? 0 : scratch.length();
      stripe.counts.stored(scratch.codec(), scratch.originalLength(), zpageLength);
    } finally {
      stripe.lock.unlock();
    }
    if (freed != null) {
      freed.release();
    }
    space.dispatcher().reclaimer().afterStore();
    return true;
  }

  /**
   * A new zpage is put before its slot is written: both miss the processor's caches, and in this
   * order what is done with the slot is under way while the zpage is still on its way to memory.
   */
  @GuardedBy("stripe.lock")
  private boolean store(
      Stripe stripe,
      long offset,
      RegisteredBackend ram,
      CodecScratch scratch,
      int length,
      @Nullable Freed freed) {
    long word = RamForm.word(ram, scratch, length, space.config().pageSize());
    long ref = stripe.slots.find(offset);
    if (length == RamForm.IN_SLOT) {
      return fill(stripe, offset, ref, word, scratch.sameWord(), freed);
    }
    if (ref >= 0) {
      long rewritten = stripe.rewrite(ref, ram, scratch.memory(), length);
      if (rewritten != Backend.REFUSED) {
        stripe.fill(ref, SlotWord.withEpoch(word, stripe.nextEpoch()), rewritten);
        return true;
      }
    }
    long handle = ram.putInRam(scratch.memory(), length);
    if (handle == Backend.REFUSED) {
      return false;
    }
    boolean stored = fill(stripe, offset, ref, word, handle, freed);
    if (!stored) {
      ram.freeInRam(handle);
    }
    return stored;
  }

  // ---- Many pages: put first, under no lock, then named together

  /**
   * Puts a page where its slot is to name it. The caller is {@link UnderWay}.
   *
   * @return null: that cannot be now, or every store has to pay
   */
  @Nullable PutAhead putAhead(CodecScratch scratch) {
    Reclaimer reclaimer = space.dispatcher().reclaimer();
    RegisteredBackend ram = space.firstRam();
    if (ram == null
        || space.modes().isRamNotEnough()
        || space.quota().isFull()
        || reclaimer.isEmergency(space)) {
      return null;
    }
    PutAhead page = PutAhead.put(ram, scratch, space.config().pageSize());
    reclaimer.afterStore();
    return page;
  }

  /**
   * Gives a page its slot.
   *
   * @param freed gets the older copies
   * @return false: nothing has changed, the page is still the caller's
   */
  @GuardedBy("stripe.lock")
  boolean settle(Stripe stripe, long offset, PutAhead page, Freed freed) {
    // A backend that is taken out is marked first and emptied then, so no page is left behind.
    return !space.isClosed()
        && ramFor(stripe, offset) == page.backend()
        && fill(stripe, offset, stripe.slots.find(offset), page.word(), page.handle(), freed);
  }

  // ---- Both

  /** Where a page may be stored now; null: nowhere, or not now. */
  @GuardedBy("stripe.lock")
  private @Nullable RegisteredBackend ramFor(Stripe stripe, long offset) {
    return stripe.line.isBusy(offset) || space.modes().isRamNotEnough() || space.quota().isFull()
        ? null
        : space.firstRam();
  }

  /**
   * @param found the slot of the offset; -1: it has none
   * @param freed gets the older copies; null: there must be none in a slow backend
   */
  @GuardedBy("stripe.lock")
  private boolean fill(
      Stripe stripe, long offset, long found, long word, long handle, @Nullable Freed freed) {
    long ref = found;
    if (ref >= 0) {
      boolean isSlow = stripe.hasSlowCopies(ref);
      if (isSlow && freed == null) {
        return false;
      }
      stripe.empty(ref, isSlow ? freed : null);
    } else {
      ref = stripe.slots.insert(offset);
      if (ref < 0) {
        return false; // no memory for the table
      }
      stripe.counts.add(StripeCounts.PAGES, 1);
    }
    stripe.fill(ref, SlotWord.withEpoch(word, stripe.nextEpoch()), handle);
    return true;
  }
}
