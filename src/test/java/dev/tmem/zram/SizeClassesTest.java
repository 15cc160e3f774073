package dev.tmem.zram;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tmem.memory.RegionPool;
import org.junit.jupiter.api.Test;

class SizeClassesTest {

  private static SpanLayout layout(int sizeClass) {
    return SpanLayout.of(SizeClasses.objectBytes(sizeClass));
  }

  /** Bytes of a span that an object of that length costs, its share of the rest included. */
  private static double cost(int length) {
    SpanLayout layout = layout(SizeClasses.of(length));
    return (double) layout.spanBytes() / layout.places();
  }

  private static double waste(int from, int to) {
    double cost = 0;
    double payload = 0;
    for (int length = from; length <= to; length++) {
      cost += cost(length);
      payload += length;
    }
    return cost / payload - 1;
  }

  @Test
  void sizesRiseInWholeGrainsAndAreFewEnough() {
    assertTrue(SizeClasses.count() <= SizeClasses.MAX_CLASSES, SizeClasses.count() + " classes");
    for (int i = 0; i < SizeClasses.count(); i++) {
      int size = SizeClasses.objectBytes(i);
      assertEquals(0, size % HandleLayout.GRAIN_BYTES);
      assertTrue(i == 0 || size > SizeClasses.objectBytes(i - 1));
    }
    assertEquals(RegionPool.SPAN_BYTES, SizeClasses.objectBytes(SizeClasses.count() - 1));
  }

  @Test
  void everyLengthHasTheSmallestClassItFits() {
    for (int length = 1; length <= HandleLayout.MAX_LENGTH; length++) {
      int sizeClass = SizeClasses.of(length);
      assertTrue(SizeClasses.objectBytes(sizeClass) >= length);
      assertTrue(sizeClass == 0 || SizeClasses.objectBytes(sizeClass - 1) < length);
    }
  }

  @Test
  void rawPagesOfEveryPageSizeFillSpansExactly() {
    for (int page = 1024; page <= 65536; page *= 2) {
      SpanLayout layout = layout(SizeClasses.of(page));
      assertEquals(page, layout.objectBytes());
      int spanBytes = page > 4096 ? RegionPool.RUN_BYTES : RegionPool.SPAN_BYTES;
      assertEquals(spanBytes / page, layout.places());
      assertEquals(0, layout.unusedBytes());
      assertEquals(0, layout.occupancyWords());
    }
  }

  @Test
  void objectsAndWordsOfFreePlacesDoNotOverlap() {
    for (int i = 0; i < SizeClasses.count(); i++) {
      SpanLayout layout = layout(i);
      assertTrue(layout.offset(layout.places()) <= layout.occupancyAt());
      assertEquals(layout.places() > Long.SIZE, layout.occupancyWords() > 0);
      assertTrue(layout.places() <= Long.SIZE * Math.max(1, layout.occupancyWords()));
      assertTrue(layout.unusedBytes() < layout.objectBytes() + 8 * layout.occupancyWords());
      for (int place = 0; place < layout.places(); place++) {
        assertEquals(place, layout.place(layout.offset(place)));
        assertEquals(-1, layout.place(layout.offset(place) + HandleLayout.GRAIN_BYTES / 2));
      }
      assertEquals(-1, layout.place(layout.offset(layout.places())));
    }
  }

  /** Spans in full use; lengths equally likely. The figures of the table's documentation. */
  @Test
  void littleIsWastedInsideObjectsAndAtTheEndOfSpans() {
    assertAtMost(0.027, waste(1, 4096));
    assertAtMost(0.046, waste(64, 512));
    assertAtMost(0.026, waste(512, 1024));
    assertAtMost(0.023, waste(1024, 2048));
    assertAtMost(0.023, waste(2048, 2990));
    assertAtMost(0.030, waste(2991, 4096));
    assertAtMost(0.031, waste(4096, 16384));
    assertAtMost(0.088, waste(16384, 65536));
  }

  private static void assertAtMost(double bound, double waste) {
    assertTrue(waste <= bound, "%.4f of the payload is wasted, over %.4f".formatted(waste, bound));
  }
}
