package dev.tmem.cleancache.shared.protocol;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.UUID;
import java.util.function.BiPredicate;
import org.jspecify.annotations.Nullable;

/**
 * The views under which somebody may still be serving although a later one was agreed upon, each
 * with the time at which nobody does any more.
 *
 * <p>Confined to the lock of the {@link ViewKeeper}.
 */
final class PastViews {

  /** An earlier view, and when no lease under it can be left. */
  private record Over(View.Past past, long at) {}

  private final long settleNanos;
  private final Deque<Over> past = new ArrayDeque<>();

  /** From then on every view that is not in {@code past} is over. */
  private long wholeAt;

  PastViews(Timing timing) {
    this.settleNanos = timing.settleNanos();
  }

  void forget() {
    past.clear();
  }

  /**
   * A view takes effect.
   *
   * @param isNext it follows the one that was installed before
   */
  void remember(@Nullable View before, View next, boolean isNext, long now) {
    long over = now + settleNanos;
    if (before == null || !before.name().isBefore(next.name())) {
      past.clear();
    }
    past.removeIf(entry -> now - entry.at() >= 0);
    for (View.Past earlier : next.past()) {
      if (past.stream().noneMatch(entry -> entry.past().number() == earlier.number())) {
        past.add(new Over(earlier, over));
      }
    }
    while (past.size() > 4 * View.PAST_MAX) {
      past.removeFirst();
      wholeAt = over;
    }
    // who has missed a view knows only what this one tells
    if (!next.wholePast() && !(isNext && isWhole(now))) {
      wholeAt = over;
    }
  }

  /** Whether those that may not be over are all known. */
  boolean isWhole(long now) {
    return now - wholeAt >= 0;
  }

  /** Those that may not be over. */
  List<View.Past> notOver(long now) {
    List<View.Past> some = new ArrayList<>();
    for (Over entry : past) {
      if (now - entry.at() < 0) {
        some.addFirst(entry.past());
      }
    }
    return some;
  }

  /**
   * The homes that a slot may still have in views that are not over.
   *
   * @param hasSeenTheEnd whether a node serves under no view of that number any more
   */
  List<UUID> homes(int slot, BiPredicate<UUID, Long> hasSeenTheEnd, long now) {
    List<UUID> homes = new ArrayList<>();
    for (View.Past earlier : notOver(now)) {
      UUID home = earlier.home(slot);
      if (!hasSeenTheEnd.test(home, earlier.number())) {
        homes.add(home);
      }
    }
    return homes;
  }
}
