package dev.tmem.zram;

import dev.tmem.memory.RegionPool;
import java.util.concurrent.atomic.AtomicLong;

/** How many spans are held, and the most there ever were. Thread-safe: atomic. */
final class SpanGauge {
  private final AtomicLong spans = new AtomicLong();
  private final AtomicLong most = new AtomicLong();

  void acquired(int count) {
    long now = spans.addAndGet(count);
    if (now > most.get()) {
      most.accumulateAndGet(now, Math::max);
    }
  }

  void released(int count) {
    spans.addAndGet(-count);
  }

  long bytes() {
    return spans.get() * RegionPool.SPAN_BYTES;
  }

  long maxBytes() {
    return most.get() * RegionPool.SPAN_BYTES;
  }

  /** Begins the high-water mark anew, at what is held now. */
  void resetMax() {
    most.set(spans.get());
    most.accumulateAndGet(spans.get(), Math::max); // for what came between the two calls
  }
}
