package dev.tmem.zram;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The debug mode finds what somebody has written where he had no business. */
class SealsTest {

  private final ZramFixture fixture = new ZramFixture(64L << 20, true);

  @AfterEach
  void closes() {
    fixture.close();
  }

  /** Turns one bit over, at so many bytes from where the object begins. */
  private void damage(long handle, int at) {
    int where = fixture.pool.position(HandleLayout.span(handle)) + HandleLayout.offset(handle) + at;
    var buffer = fixture.pool.buffer(HandleLayout.span(handle));
    buffer.put(where, (byte) (buffer.get(where) ^ 4));
  }

  private int placeBytes(long handle) {
    return SizeClasses.objectBytes(SizeClasses.of(Seals.room(HandleLayout.length(handle))));
  }

  private void assertFound(long handle) {
    String span = "span " + HandleLayout.span(handle);
    IllegalStateException read =
        assertThrows(IllegalStateException.class, () -> fixture.zram.position(handle));
    assertTrue(String.valueOf(read.getMessage()).contains(span), read.getMessage());
    assertThrows(IllegalStateException.class, () -> fixture.zram.free(handle));
    List<String> damages = fixture.zram.audit();
    assertEquals(1, damages.size(), damages.toString());
    assertTrue(damages.get(0).contains(span), damages.get(0));
    fixture.zram.checkInvariants();
  }

  @ParameterizedTest
  @ValueSource(
      ints = {
        1, 15, 16, 31, 32, 100, 1000, 2048, 4096, 30_000, 33_000, 65_520, 65_521, 65_535, 65_536
      })
  void aChangedZpageIsFound(int length) {
    long handle = fixture.put(1, length);
    long other = fixture.put(2, length);
    assertEquals(List.of(), fixture.zram.audit());
    for (int at : new int[] {0, length / 2, length - 1}) {
      damage(handle, at);
      assertFound(handle);
      damage(handle, at);
    }
    assertArrayEquals(ZramFixture.content(1, length), fixture.read(handle));
    assertArrayEquals(ZramFixture.content(2, length), fixture.read(other));
    fixture.zram.free(handle);
    fixture.zram.free(other);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 16, 100, 2048, 4096, 30_000})
  void aWriteBeyondTheEndIsFound(int length) {
    long handle = fixture.put(1, length);
    for (int back = 1; back <= SealLayout.BYTES; back++) {
      damage(handle, placeBytes(handle) - back);
      assertFound(handle);
      damage(handle, placeBytes(handle) - back);
    }
    fixture.zram.free(handle);
  }

  @Test
  void aHandleOfTheWrongLengthIsFoundEvenAtALiveObject() {
    long handle = fixture.put(1, 1000);
    assertThrows(IllegalStateException.class, () -> fixture.zram.free(handle + 1));
    assertThrows(IllegalStateException.class, () -> fixture.zram.position(handle - 1));
    fixture.zram.free(handle);
  }

  @Test
  void theSealOfTheLongestGoesWithThem() {
    for (int length : new int[] {65_520, 65_521, 65_535, 65_536}) {
      long handle = fixture.put(3, length);
      assertArrayEquals(ZramFixture.content(3, length), fixture.read(handle));
      assertEquals(List.of(), fixture.zram.audit());
      fixture.zram.free(handle);
    }
  }

  @Test
  void sealsMoveWithTheirObjects() {
    long[] handles = new long[400];
    for (int i = 0; i < handles.length; i++) {
      handles[i] = fixture.put(i, 2000);
    }
    for (int i = 0; i < handles.length; i++) {
      if (i % 4 != 0) {
        fixture.zram.free(handles[i]);
      }
    }
    assertTrue(fixture.zram.planCompaction() > 0);
    for (int i = 0; i < handles.length; i += 4) {
      handles[i] = fixture.zram.relocate(handles[i]);
    }
    assertTrue(fixture.counter("pages_compacted") > 0);
    assertEquals(List.of(), fixture.zram.audit());
    damage(handles[0], 5);
    assertFound(handles[0]);
    damage(handles[0], 5);
    for (int i = 0; i < handles.length; i += 4) {
      assertArrayEquals(ZramFixture.content(i, 2000), fixture.read(handles[i]));
      fixture.zram.free(handles[i]);
    }
  }

  @Test
  void withoutDebugModeNothingIsLookedAt() {
    try (ZramFixture plain = new ZramFixture(64L << 20)) {
      long handle = plain.put(1, 1000);
      var buffer = plain.pool.buffer(HandleLayout.span(handle));
      int at = plain.zram.position(handle);
      buffer.put(at, (byte) (buffer.get(at) ^ 1));
      assertEquals(List.of(), plain.zram.audit());
      plain.zram.free(handle);
    }
  }
}
