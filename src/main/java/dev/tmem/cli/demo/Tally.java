package dev.tmem.cli.demo;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.BitSet;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Distinct pages by verdict, over one look at them or several. Thread-safe: its own monitor. */
final class Tally {

  @GuardedBy("this")
  private final Map<Verdict, BitSet> pages = new EnumMap<>(Verdict.class);

  @GuardedBy("this")
  private @Nullable String firstWrong;

  synchronized void add(long offset, Verdict verdict) {
    pages.computeIfAbsent(verdict, v -> new BitSet()).set((int) offset);
    if (verdict != Verdict.RIGHT && firstWrong == null) {
      firstWrong = "page " + offset + " is " + verdict.name().toLowerCase(Locale.ROOT);
    }
  }

  /** Distinct pages that were found so at least once. */
  synchronized long count(Verdict verdict) {
    BitSet found = pages.get(verdict);
    return found == null ? 0 : found.cardinality();
  }

  synchronized @Nullable String firstWrong() {
    return firstWrong;
  }
}
