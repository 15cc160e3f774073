package dev.tmem.frontswap;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tmem.SwapArea;
import dev.tmem.SwapAreaOptions;
import dev.tmem.dispatch.ManualScheduler;
import dev.tmem.dispatch.Pages;
import dev.tmem.dispatch.TestNode;
import io.vertx.core.Future;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The buffers that {@code storeNow} and {@code loadNow} are given, of all kinds. */
class BufferKindsTest {

  /** How a buffer is made. */
  enum Kind {
    HEAP,
    DIRECT,
    HEAP_SLICE,
    DIRECT_SLICE,
    LITTLE_ENDIAN;

    /** A buffer with that many bytes from its position to its limit, and others around them. */
    ByteBuffer of(int length) {
      int capacity = length + 300;
      ByteBuffer buffer =
          this == DIRECT || this == DIRECT_SLICE
              ? ByteBuffer.allocateDirect(capacity)
              : ByteBuffer.allocate(capacity);
      for (int i = 0; i < capacity; i++) {
        buffer.put(i, (byte) 0x5A);
      }
      if (this == HEAP_SLICE || this == DIRECT_SLICE) {
        buffer = buffer.slice(7, length + 200);
      }
      if (this == LITTLE_ENDIAN) {
        buffer.order(ByteOrder.LITTLE_ENDIAN);
      }
      return buffer.position(13).limit(13 + length);
    }
  }

  private final ManualScheduler scheduler = new ManualScheduler();
  private final TestNode node = new TestNode(scheduler, 8L << 20);
  private final SwapAreas areas = new SwapAreas(node.dispatcher, 3);

  @AfterEach
  void close() {
    node.close();
  }

  private SwapArea area() {
    done(node.dispatcher.register(node.zram));
    return done(areas.swapOn("a", new SwapAreaOptions()));
  }

  private <T extends @Nullable Object> T done(Future<T> future) {
    scheduler.until(future::isComplete);
    return future.result();
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void everyKindIsStoredFromAndLoadedInto(Kind kind) {
    SwapArea area = area();
    for (int length : new int[] {1, 7, 8, 800, 4095, 4096}) {
      // one of them is same-filled, the others are not
      for (int version = 1; version <= 3; version++) {
        byte[] page = Pages.of(1, length, version, length);
        ByteBuffer source = kind.of(length);
        source.put(13, page);
        ByteBuffer given = version == 1 ? source.asReadOnlyBuffer() : source;
        assertTrue(area.storeNow(length, given));
        assertEquals(13, given.position());
        assertEquals(13 + length, given.limit());
        for (Kind target : Kind.values()) {
          assertLoads(area, length, page, target);
        }
      }
    }
  }

  private static void assertLoads(SwapArea area, int offset, byte[] page, Kind kind) {
    ByteBuffer into = kind.of(page.length);
    assertEquals(page.length, area.loadNow(offset, into));
    assertEquals(13, into.position());
    assertEquals(13 + page.length, into.limit());
    byte[] found = new byte[page.length];
    into.get(13, found);
    assertArrayEquals(page, found, kind + " of " + page.length);
    into.clear();
    for (int i = 0; i < into.capacity(); i++) {
      if (i < 13 || i >= 13 + page.length) {
        assertEquals(0x5A, into.get(i), "byte " + i + " of " + kind);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"true", "false"})
  void aBufferThatChangesMeanwhileHarmsNobody(boolean direct) throws Exception {
    SwapArea area = area();
    byte[] neighbour = Pages.of(1, 99, 1, 4096);
    assertTrue(area.storeNow(99, ByteBuffer.wrap(neighbour)));
    ByteBuffer shared = direct ? ByteBuffer.allocateDirect(4096) : ByteBuffer.allocate(4096);
    AtomicBoolean over = new AtomicBoolean();
    Thread writer =
        Thread.ofPlatform()
            .start(() -> {
              // from a page of one word to noise and back, under the store's eyes
              for (int round = 0; !over.get(); round++) {
                byte[] page = round % 2 == 0 ? new byte[4096] : Pages.of(1, round, round % 5, 4096);
                shared.put(0, page);
              }
            });
    byte[] first = new byte[4096];
    byte[] second = new byte[4096];
    for (int i = 0; i < 5_000; i++) {
      assertTrue(area.storeNow(1, shared));
      assertEquals(4096, area.loadNow(1, ByteBuffer.wrap(first)));
      assertEquals(4096, area.loadNow(1, ByteBuffer.wrap(second)));
      assertTrue(Arrays.equals(first, second), "what was seen is kept");
    }
    over.set(true);
    writer.join();
    assertEquals(4096, area.loadNow(99, ByteBuffer.wrap(first)));
    assertArrayEquals(neighbour, first);
    assertEquals(List.of(), done(node.dispatcher.check()));
  }

  @Test
  void aBufferWithMoreRoomThanThePageIsFilledAsFarAsThePageGoes() {
    SwapArea area = area();
    assertTrue(area.storeNow(1, ByteBuffer.wrap(Pages.of(1, 1, 1, 100))));
    ByteBuffer into = ByteBuffer.allocate(4096);
    assertEquals(100, area.loadNow(1, into));
    for (int i = 100; i < 4096; i++) {
      assertEquals(0, into.get(i));
    }
  }
}
