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
    for (MoveItem item : items) {
      item.stripe.lock.lock();
      try {
        if (settle(item, freed)) {
          moved++;
        } else {
          item.placing.undo(freed);
        }
      } finally {
        item.stripe.lock.unlock();
      }
    }
    freed.release();
    return moved;
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
    copies.addAll(item.placing.fresh());
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
