package dev.tmem.dispatch;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.tmem.backend.RamBackend;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Finds cold pages in RAM: a hand goes round the page tables, takes one reference from each page it
 * passes, and picks those that have none left (CLOCK with a counter of two bits). A page starts
 * with one reference, so the newest are never the first to go.
 *
 * <p>Thread-safe: under this object's monitor, which ranks above the stripes' locks.
 */
final class ClockHand {

  /**
   * What the hand found.
   *
   * @param items marked, with their zpages copied out
   * @param dropped pages whose lower copies were enough: their RAM copy is gone already
   */
  record Found(List<MoveItem> items, int dropped) {}

  private final Dispatcher dispatcher;

  @GuardedBy("this")
  private @Nullable TableWalk walk;

  ClockHand(Dispatcher dispatcher) {
    this.dispatcher = dispatcher;
  }

  /**
   * Picks cold pages.
   *
   * @param source the RAM backend to be relieved
   * @param max pages at the most; slightly more may come from one block of slots
   */
  synchronized Found collect(RegisteredBackend source, int max) {
    List<MoveItem> items = new ArrayList<>(max);
    int[] dropped = {0};
    // A page has at most three references to lose, so after four rounds all of them were looked at.
    int rounds = 0;
    while (items.size() + dropped[0] < max && rounds <= SlotWord.MAX_REFERENCES + 1) {
      TableWalk current = walk;
      if (current == null) {
        current = new TableWalk(dispatcher.persistentSpaces());
        walk = current;
      }
      boolean more =
          current.next((stripe, ref) -> {
            if (items.size() < max && pick(source, stripe, ref, items)) {
              dropped[0]++;
            }
          });
      if (!more) {
        walk = null;
        rounds++;
      }
    }
    return new Found(items, dropped[0]);
  }

  /** Looks at one slot; true: its RAM copy was dropped. */
  @SuppressWarnings("GuardedBy") // the walk holds the stripe's lock
  private boolean pick(RegisteredBackend source, Stripe stripe, long ref, List<MoveItem> items) {
    long word = stripe.slots.word(ref);
    RamBackend ram = source.ram();
    if (ram == null
        || SlotWord.ordinal(word) != source.ordinal
        || SlotWord.state(word) != SlotWord.PRESENT
        || SlotWord.has(word, SlotWord.MOVING)
        || !stripe.space().chain().mayLeave(source)) {
      return false;
    }
    int references = SlotWord.references(word);
    if (references > 0) {
      stripe.slots.setWord(ref, SlotWord.withReferences(word, references - 1));
      return false;
    }
    PageSpace space = stripe.space();
    long handle = stripe.slots.handle(ref);
    List<Copy> kept = stripe.copies(ref);
    kept.remove(0);
    if (dispatcher.protector().isSafe(space, kept)) {
      if (stripe.setCopies(ref, kept)) {
        source.freeInRam(handle);
        space.counters().demotions.increment();
        return true;
      }
      return false;
    }
    stripe.slots.setWord(ref, word | SlotWord.MOVING);
    var zpage =
        RamForm.copyOut(
            ram, space.key(stripe.slots.key(ref)), word, handle, space.config().pageSize());
    items.add(new MoveItem(stripe, zpage, new Copy(source.ordinal, handle), kept, true));
    return false;
  }
}
