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

  /** What a take has come to. Confined to it. */
  private static final class Taking {
    final RegisteredBackend source;
    final List<MoveItem> items;
    int dropped;

    Taking(RegisteredBackend source, int max) {
      this.source = source;
      this.items = new ArrayList<>(max);
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
    Taking taking = new Taking(source, max);
    int from = 0;
    while (from < cold.size()) {
      int to = endOfRun(cold, from);
      take(cold.subList(from, to), cold.get(from).stripe(), taking);
      from = to;
    }
    return new Batch(taking.items, taking.dropped);
  }

  /** Pages that follow one another in one stripe are taken under one lock. */
  private static int endOfRun(List<Cold> cold, int from) {
    Stripe stripe = cold.get(from).stripe();
    int most = Math.min(cold.size(), from + Mover.MAX_AT_ONCE);
    int to = from + 1;
    while (to < most && cold.get(to).stripe() == stripe) {
      to++;
    }
    return to;
  }

  private void take(List<Cold> run, Stripe stripe, Taking taking) {
    stripe.lock.lock();
    try {
      long[] refs = stillCold(run, stripe, taking.source);
      for (long ref : refs) {
        if (ref >= 0) {
          take(ref, stripe, taking);
        }
      }
    } finally {
      stripe.lock.unlock();
    }
  }

  /**
   * The slots of those that are what they were when they were found; -1 for the others. Their
   * zpages are asked for, all at once: cold as they are, they lie in far memory, and else each
   * would be waited for.
   */
  @SuppressWarnings("GuardedBy") // the caller holds the stripe's lock
  private static long[] stillCold(List<Cold> run, Stripe stripe, RegisteredBackend source) {
    long[] refs = new long[run.size()];
    long[] handles = new long[refs.length];
    int found = 0;
    for (int i = 0; i < refs.length; i++) {
      Cold page = run.get(i);
      long ref = stripe.findVersion(page.offset(), page.epoch());
      boolean cold = ref >= 0 && isCold(source, stripe.slots.word(ref));
      refs[i] = cold ? ref : -1;
      if (cold) {
        handles[found++] = stripe.slots.handle(ref);
      }
    }
    source.inRam().touchAll(handles, found);
    return refs;
  }

  /** Nothing if it was found twice, and taken before. */
  @SuppressWarnings("GuardedBy") // the caller holds the stripe's lock
  private void take(long ref, Stripe stripe, Taking taking) {
    RegisteredBackend source = taking.source;
    if (!isCold(source, stripe.slots.word(ref))) {
      return;
    }
    List<Copy> kept = stripe.copies(ref);
    kept.remove(0);
    if (!protector.isSafe(stripe.space(), kept)) {
      MoveItem item = mark(source, stripe, ref, kept);
      if (item != null) {
        taking.items.add(item);
      }
    } else if (drop(source, stripe, ref, kept)) {
      taking.dropped++;
    }
  }

  /**
   * So many of them, the largest; of those that are equal, the one that was found first. They stay
   * in the order in which they were found, by which those of one stripe follow one another.
   */
  private static List<Cold> largest(List<Cold> cold, int max) {
    if (cold.size() <= max) {
      return cold;
    }
    long[] keys = new long[cold.size()];
    for (int i = 0; i < keys.length; i++) {
      keys[i] = (long) -cold.get(i).bytes() << Integer.SIZE | i;
    }
    Arrays.sort(keys);
    int[] chosen = new int[max];
    for (int i = 0; i < max; i++) {
      chosen[i] = (int) keys[i];
    }
    Arrays.sort(chosen);
    List<Cold> largest = new ArrayList<>(max);
    for (int i : chosen) {
      largest.add(cold.get(i));
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
