package dev.tmem.cli.torture;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Changes of this process whose outcome nobody knows. They may happen late, but not after a later
 * change of this process to the same page has been answered. Thread-safe: its monitor.
 */
final class GivenUp {

  /** One of them. Immutable. */
  record Entry(int page, long version) {}

  private final Map<Integer, List<Entry>> entries = new HashMap<>();
  private final Ledger ledger;

  GivenUp(Ledger ledger) {
    this.ledger = ledger;
  }

  synchronized void add(int page, long version) {
    entries.computeIfAbsent(page, none -> new ArrayList<>()).add(new Entry(page, version));
  }

  /** Those of some pages by now. */
  synchronized List<Entry> of(int[] pages) {
    List<Entry> some = new ArrayList<>();
    for (int page : pages) {
      some.addAll(entries.getOrDefault(page, List.of()));
    }
    return some;
  }

  /** What was asked for after them has been answered. */
  synchronized void over(List<Entry> some) {
    for (Entry entry : some) {
      ledger.over(entry.page(), entry.version());
      entries.getOrDefault(entry.page(), new ArrayList<>()).remove(entry);
    }
  }
}
