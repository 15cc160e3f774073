package dev.tmem.ramster.protocol;

import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.LongAdder;

/** The values of the counters. Thread-safe: adders. */
public final class Counts {

  private final Map<Count, LongAdder> adders;

  public Counts() {
    Map<Count, LongAdder> made = new EnumMap<>(Count.class);
    for (Count count : Count.values()) {
      made.put(count, new LongAdder());
    }
    adders = Collections.unmodifiableMap(made);
  }

  private LongAdder adder(Count count) {
    return Objects.requireNonNull(adders.get(count));
  }

  public void add(Count count, long n) {
    adder(count).add(n);
  }

  public void one(Count count) {
    adder(count).increment();
  }

  public long get(Count count) {
    return adder(count).sum();
  }

  /** All counters by their published names, in a fixed order. */
  public Map<String, Long> published() {
    Map<String, Long> values = new LinkedHashMap<>();
    for (Count count : Count.values()) {
      values.put(count.published(), get(count));
    }
    return values;
  }
}
