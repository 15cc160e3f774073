package dev.tmem.swapfile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.tmem.backend.Codec;
import dev.tmem.backend.PageKey;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.function.LongUnaryOperator;
import org.junit.jupiter.api.Test;

/** What is known of pages at recovery, beside a plain map of the highest epochs. */
class RecoveredPagesTwinTest {

  private static final int PAGES = 20_000;
  private static final int AREAS = 3;

  @Test
  void pagesInARow() {
    compare(number -> number);
  }

  @Test
  void pagesThatShareTheirLowBits() {
    compare(number -> number << 3);
    compare(number -> number << 12);
    compare(number -> number << 33);
  }

  @Test
  void pagesFromTheEndOfAnArea() {
    compare(number -> PageKey.MAX_OFFSET - number);
  }

  @Test
  void pagesAnywhere() {
    long salt = new Random().nextLong();
    System.out.println("seed " + salt);
    compare(number -> (number * 0x9e3779b97f4a7c15L ^ salt) & PageKey.MAX_OFFSET);
  }

  private record Key(int area, long offset) {}

  private static void compare(LongUnaryOperator offsets) {
    long seed = new Random().nextLong();
    System.out.println("seed " + seed);
    Random random = new Random(seed);
    RecoveredPages pages = new RecoveredPages();
    Map<Key, Long> twin = new HashMap<>();
    for (int i = 0; i < 2 * PAGES; i++) {
      Key key = new Key(random.nextInt(AREAS), offsets.applyAsLong(random.nextInt(PAGES)));
      long epoch = 1L + random.nextInt(1000);
      pages.offer(
          RecoveredPages.key(key.area(), key.offset()),
          RecoveredPages.word(epoch, RecoveredPages.PAGE, Codec.LZ4, false),
          epoch + 7);
      twin.merge(key, epoch, Math::max);
    }
    assertEquals(twin.size(), pages.size());
    assertEquals(twin.size(), pages.count(RecoveredPages.PAGE));
    Map<Key, Long> found = new HashMap<>();
    pages.visit((area, offset, epoch, kind, word, handle) -> {
      assertNull(found.put(new Key(area, offset), epoch), "told twice");
      assertEquals(epoch + 7, handle);
    });
    assertEquals(twin, found);
    pages.clear();
    assertEquals(0, pages.size());
  }
}
