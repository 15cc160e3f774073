package dev.tmem.dispatch;

import io.vertx.core.Future;
import java.util.List;

/**
 * Moves copies between backends: the zpage is copied out, put elsewhere, and only then does the
 * slot change hands and the source go. If the page changed meanwhile the new copies are freed and
 * nothing else has happened.
 *
 * <p>Thread-safe; holds no state.
 */
final class Mover {

  /** Pages that are looked at under one lock: whoever wants it waits for no more. */
  static final int MAX_AT_ONCE = 8;

  private final Backends backends;
  private final Protector protector;

  Mover(Backends backends, Protector protector) {
    this.backends = backends;
    this.protector = protector;
  }

  /**
   * Finds places for the items, then settles each.
   *
   * @return the number of items that have left their source
   */
  Future<Integer> move(List<MoveItem> items, Targets targets) {
    List<Placing> pages = items.stream().map(item -> item.placing).toList();
    return new Placement(backends, pages, targets).run().map(done -> settle(items));
  }

  private int settle(List<MoveItem> items) {
    int moved = 0;
    Freed freed = new Freed(backends);
    int from = 0;
    while (from < items.size()) {
      int to = endOfRun(items, from);
      moved += settle(items.subList(from, to), items.get(from).stripe, freed);
      from = to;
    }
    freed.release();
    return moved;
  }

  /** Items that follow one another in one stripe are settled under one lock. */
  private static int endOfRun(List<MoveItem> items, int from) {
    Stripe stripe = items.get(from).stripe;
    int most = Math.min(items.size(), from + MAX_AT_ONCE);
    int to = from + 1;
    while (to < most && items.get(to).stripe == stripe) {
      to++;
    }
    return to;
  }

  private int settle(List<MoveItem> run, Stripe stripe, Freed freed) {
    int moved = 0;
    stripe.lock.lock();
    try {
      lookAhead(run, stripe);
      for (MoveItem item : run) {
        if (settle(item, freed)) {
          moved++;
        } else {
          item.placing.undo(freed);
        }
      }
    } finally {
      stripe.lock.unlock();
    }
    return moved;
  }

  /** Asks for all slots at once: else each would be waited for on its way from memory. */
  @SuppressWarnings("GuardedBy") // the caller holds the stripe's lock
  private static void lookAhead(List<MoveItem> run, Stripe stripe) {
    long[] offsets = new long[run.size()];
    for (int i = 0; i < offsets.length; i++) {
      offsets[i] = run.get(i).offset;
    }
    stripe.slots.touchAll(offsets, offsets.length);
  }

  @SuppressWarnings("GuardedBy") // the caller holds the stripe's lock
  private boolean settle(MoveItem item, Freed freed) {
    Stripe stripe = item.stripe;
    long ref = stripe.findVersion(item.offset, item.epoch);
    if (ref < 0) {
      return false;
    }
    long word = stripe.slots.word(ref);
    boolean untouched = !item.marked || SlotWord.has(word, SlotWord.MOVING);
    if (item.marked) {
      stripe.slots.setWord(ref, word & ~SlotWord.MOVING);
    }
    List<Copy> copies = stripe.copies(ref);
    if (!untouched
        || item.placing.isStruck()
        || !mayMove(item, word)
        || !copies.remove(item.source)
        || !item.placing.isApartFrom(copies)) {
      return false;
    }
    item.placing.addFreshTo(copies);
    protector.sort(stripe.space(), copies);
    if (!protector.isSafe(stripe.space(), copies) || !stripe.setCopies(ref, copies)) {
      return false;
    }
    item.placing.settled();
    freed.add(stripe.space().key(item.offset), item.epoch, item.source);
    if (isBelow(stripe.space(), copies.get(0), item.source)) {
      stripe.space().counters().demotions.increment();
      // From now on they count the loads since it left.
      stripe.slots.setWord(ref, SlotWord.withReferences(stripe.slots.word(ref), 0));
    }
    return true;
  }

  /** A page that was taken keeps its copies for now, and they may be moved; it stays taken. */
  private static boolean mayMove(MoveItem item, long word) {
    int state = SlotWord.state(word);
    return state == SlotWord.PRESENT || (state == SlotWord.TAKEN && !item.marked);
  }

  private static boolean isBelow(PageSpace space, Copy copy, Copy other) {
    return space.chain().rank(copy.ordinal()) > space.chain().rank(other.ordinal());
  }
}
