package dev.tmem.dispatch;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * Finds cold pages in RAM: a hand goes round the page tables, takes one reference from each page it
 * passes, and picks those that have none left (CLOCK with a counter of two bits). A page starts
 * with one reference, and the newest part of each stripe is passed over as long as there is
 * anything else, so the newest are never the first to go.
 *
 * <p>Thread-safe: under this object's monitor, which ranks above the stripes' locks. There is a
 * hand for each kind of scope.
 */
final class ClockHand implements DemotionPolicy {

  /**
   * Rounds in which the newest pages are passed over: by then all others have lost their counts.
   */
  private static final int CAREFUL_ROUNDS = SlotWord.MAX_REFERENCES + 1;

  @GuardedBy("this")
  private final Map<Scope.Kind, TableWalk> walks = new EnumMap<>(Scope.Kind.class);

  @Override
  public synchronized List<Cold> coldest(RegisteredBackend source, Scope scope, int max) {
    List<Cold> cold = new ArrayList<>(max);
    int rounds = 0;
    while (source.ram() != null && cold.size() < max && rounds <= CAREFUL_ROUNDS) {
      TableWalk walk =
          walks.computeIfAbsent(scope.kind(), kind -> new TableWalk(List.copyOf(scope.spaces())));
      boolean careful = rounds < CAREFUL_ROUNDS;
      boolean more =
          walk.next(
              scope.spaces()::contains,
              (stripe, ref) -> {
                if (cold.size() < max) {
                  look(source, stripe, ref, careful, cold);
                }
              });
      if (!more) {
        walks.remove(scope.kind());
        rounds++;
      }
    }
    return cold;
  }

  @SuppressWarnings("GuardedBy") // the walk holds the stripe's lock
  private static void look(
      RegisteredBackend source, Stripe stripe, long ref, boolean careful, List<Cold> cold) {
    long word = stripe.slots.word(ref);
    if (!Victims.isMovable(source, word) || (careful && stripe.isAmongNewest(word))) {
      return;
    }
    int references = SlotWord.references(word);
    if (references > 0) {
      stripe.slots.setWord(ref, SlotWord.withReferences(word, references - 1));
      return;
    }
    int bytes = source.inRam().length(stripe.slots.handle(ref));
    cold.add(new Cold(stripe, stripe.slots.key(ref), SlotWord.epoch(word), bytes));
  }
}
