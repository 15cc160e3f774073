package dev.tmem.dispatch;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;

/**
 * Copies that were made and are not named by a slot yet. What is said of a backend's copies while
 * they are on their way has to reach these too: a walk over the slots does not see them.
 *
 * <p>Invariant: a copy that was struck is not named by a slot later on. Whoever writes slots looks
 * at {@link #isStruck} under the stripe's lock, and whoever strikes walks over the slots
 * afterwards; so a copy is struck here or there.
 *
 * <p>Thread-safe: atomic.
 */
final class InFlight {

  /** With whether it was struck. */
  private final Map<Copy, Boolean> copies = new ConcurrentHashMap<>();

  void add(Copy copy) {
    copies.put(copy, false);
  }

  /** It stands in a slot now, or is freed. */
  void remove(Copy copy) {
    copies.remove(copy);
  }

  boolean contains(Copy copy) {
    return copies.containsKey(copy);
  }

  int size() {
    return copies.size();
  }

  /** These are gone, or likely so. */
  void strike(Predicate<Copy> meant) {
    for (Copy copy : copies.keySet()) {
      if (meant.test(copy)) {
        copies.computeIfPresent(copy, (key, before) -> true);
      }
    }
  }

  boolean isStruck(Copy copy) {
    return copies.getOrDefault(copy, false);
  }
}
