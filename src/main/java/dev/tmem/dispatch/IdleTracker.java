package dev.tmem.dispatch;

import dev.tmem.backend.RamBackend;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Marks pages that are not accessed. Only pages that take room in RAM are tracked: not those in
 * lower backends, and not same-filled ones.
 *
 * <p>Thread-safe: what it writes is guarded by the stripes' locks; rounds are made by one thread at
 * a time.
 */
final class IdleTracker {

  /** Blocks of slots that are looked at before the thread is given up. */
  private static final int STEP_BLOCKS = 1024;

  private final Dispatcher dispatcher;

  /** The round under way; null between two. Confined to the thread that makes rounds. */
  private @Nullable TableWalk walk;

  private long rounds;

  IdleTracker(Dispatcher dispatcher) {
    this.dispatcher = dispatcher;
  }

  /** A round begins: every page that was not accessed grows older. */
  void beginRound() {
    rounds++;
    walk = new TableWalk(dispatcher.spaces());
  }

  /** Goes on with the round; false: it has ended. */
  boolean stepRound() {
    TableWalk current = walk;
    if (current == null) {
      return false;
    }
    boolean more = true;
    for (int i = 0; more && i < STEP_BLOCKS; i++) {
      more = current.next(this::grow);
    }
    if (!more) {
      walk = null;
    }
    return more;
  }

  @SuppressWarnings("GuardedBy") // the walk holds the stripe's lock
  private void grow(Stripe stripe, long ref) {
    long word = stripe.slots.word(ref);
    int age = SlotWord.age(word);
    int older = IdleAge.after(age, rounds);
    if (older != age && isTracked(word)) {
      stripe.slots.setWord(ref, SlotWord.withAge(word, older));
    }
  }

  private boolean isTracked(long word) {
    int ordinal = SlotWord.ordinal(word);
    if (SlotWord.state(word) != SlotWord.PRESENT || ordinal == SlotWord.NOWHERE) {
      return false;
    }
    RamBackend ram = dispatcher.backends().get(ordinal).ram();
    return ram != null;
  }

  /**
   * Marks pages as idle, until they are accessed.
   *
   * @param age those of that age or more
   * @return the number of pages that are marked now, whether by this call or before
   */
  @SuppressWarnings("GuardedBy") // the walk holds the stripe's lock
  long mark(List<PageSpace> spaces, int age) {
    long[] marked = {0};
    new TableWalk(spaces)
        .all((stripe, ref) -> {
          long word = stripe.slots.word(ref);
          if (isTracked(word) && SlotWord.age(word) >= age) {
            stripe.slots.setWord(ref, word | SlotWord.IDLE);
            marked[0]++;
          }
        });
    return marked[0];
  }
}
