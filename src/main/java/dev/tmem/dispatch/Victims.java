package dev.tmem.dispatch;

import dev.tmem.backend.PageKey;
import dev.tmem.backend.Zpage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Takes a batch of cold pages out of RAM: of those that the policy finds, the largest. A page that
 * has been touched since it was found is passed over.
 *
 * <p>Thread-safe; holds no state but the policy's.
 */
final class Victims {

  /**
   * A batch.
   *
   * @param items marked, with their zpages copied out
   * @param dropped pages whose lower copies were enough: their RAM copy is gone already
   */
  record Batch(List<MoveItem> items, int dropped) {
    static final Batch EMPTY = new Batch(List.of(), 0);

    boolean isEmpty() {
      return items.isEmpty() && dropped == 0;
    }
  }

  /** For each page that goes, so many cold ones are looked at. */
  private static final int CHOICE = 2;

  private final DemotionPolicy policy;
  private final Protector protector;

  Victims(DemotionPolicy policy, Protector protector) {
    this.policy = policy;
    this.protector = protector;
  }

  /**
   * Takes a batch out.
   *
   * @param max pages at the most
   */
  Batch take(RegisteredBackend source, Scope scope, int max) {
    List<Cold> cold = largest(policy.coldest(source, scope, CHOICE * max), max);
    List<MoveItem> items = new ArrayList<>(max);
    int dropped = 0;
    for (Cold page : cold) {
      Stripe stripe = page.stripe();
      stripe.lock.lock();
      try {
        long ref = stripe.findVersion(page.offset(), page.epoch());
        if (ref < 0 || !isCold(source, stripe.slots.word(ref))) {
          continue;
        }
        List<Copy> kept = stripe.copies(ref);
        kept.remove(0);
        if (!protector.isSafe(stripe.space(), kept)) {
          MoveItem item = mark(source, stripe, ref, kept);
          if (item != null) {
            items.add(item);
          }
        } else if (drop(source, stripe, ref, kept)) {
          dropped++;
        }
      } finally {
        stripe.lock.unlock();
      }
    }
    return new Batch(items, dropped);
  }

  /** So many of them, the largest first; of those that are equal, the one that was found first. */
  private static List<Cold> largest(List<Cold> cold, int max) {
    long[] keys = new long[cold.size()];
    for (int i = 0; i < keys.length; i++) {
      keys[i] = (long) -cold.get(i).bytes() << Integer.SIZE | i;
    }
    Arrays.sort(keys);
    List<Cold> largest = new ArrayList<>(Math.min(max, keys.length));
    for (int i = 0; i < Math.min(max, keys.length); i++) {
      largest.add(cold.get((int) keys[i]));
    }
    return largest;
  }

  /** Whether a page may be taken out of RAM now, and nobody has asked for it lately. */
  static boolean isCold(RegisteredBackend source, long word) {
    return isMovable(source, word) && SlotWord.references(word) == 0;
  }

  /** Whether a page may be taken out of RAM now. */
  static boolean isMovable(RegisteredBackend source, long word) {
    return SlotWord.ordinal(word) == source.ordinal
        && SlotWord.state(word) == SlotWord.PRESENT
        && !SlotWord.has(word, SlotWord.MOVING);
  }

  @SuppressWarnings("GuardedBy") // the caller holds the stripe's lock
  private static boolean drop(RegisteredBackend source, Stripe stripe, long ref, List<Copy> kept) {
    long handle = stripe.slots.handle(ref);
    if (!stripe.setCopies(ref, kept)) {
      return false;
    }
    source.freeInRam(handle);
    stripe.space().counters().demotions.increment();
    return true;
  }

  /** Marks a page in RAM as moving, and copies it out; null: it cannot be read now. */
  @SuppressWarnings("GuardedBy") // the caller holds the stripe's lock
  static @Nullable MoveItem mark(
      RegisteredBackend source, Stripe stripe, long ref, List<Copy> kept) {
    PageSpace space = stripe.space();
    long word = stripe.slots.word(ref);
    long handle = stripe.slots.handle(ref);
    PageKey key = space.key(stripe.slots.key(ref));
    Zpage zpage = source.inRam().copyOut(key, word, handle, space.config().pageSize());
    if (zpage == null) {
      return null;
    }
    stripe.slots.setWord(ref, word | SlotWord.MOVING);
    return new MoveItem(stripe, zpage, new Copy(source.ordinal, handle), kept, true);
  }
}
