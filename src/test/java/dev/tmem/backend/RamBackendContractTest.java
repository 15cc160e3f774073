package dev.tmem.backend;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tmem.Until;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * The contract of a backend that answers at once. A test of a backend extends this, and opens an
 * empty one with room for some thousand pages.
 */
public abstract class RamBackendContractTest {

  private final Random random = new Random(20_251_121);
  private final Map<Long, byte[]> kept = new LinkedHashMap<>();
  private @Nullable RamBackend opened;

  /** A backend that is empty and ready. */
  protected abstract RamBackend open();

  /** Releases what {@link #open} needed besides the backend, which is closed by then. */
  protected void release() {}

  @BeforeEach
  void openIt() {
    opened = open();
    SpaceInfo space = new SpaceInfo(1, "area-1", 4096, true);
    Until.done(backend().init(space));
    Until.done(backend().init(space));
  }

  @AfterEach
  void closeIt() {
    kept.keySet().forEach(backend()::free);
    assertEquals(0, backend().usage().usedBytes(), "all is free");
    Until.done(backend().close());
    release();
  }

  private RamBackend backend() {
    RamBackend backend = opened;
    if (backend == null) {
      throw new AssertionError("not open");
    }
    return backend;
  }

  private long put(int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    long handle = random.nextBoolean() ? putBuffer(bytes) : putMemory(bytes);
    assertTrue(handle >= 0, "a handle is not negative, and an empty backend takes what comes");
    assertEquals(null, kept.put(handle, bytes), "no handle is given twice");
    return handle;
  }

  private long putBuffer(byte[] bytes) {
    ByteBuffer source = ByteBuffer.allocateDirect(bytes.length + 20).put(10, bytes).position(3);
    long handle = backend().put(source, 10, bytes.length);
    assertEquals(3, source.position());
    return handle;
  }

  private long putMemory(byte[] bytes) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment source = arena.allocate(bytes.length + 20L);
      MemorySegment.copy(bytes, 0, source, ValueLayout.JAVA_BYTE, 0, bytes.length);
      return backend().put(source, bytes.length);
    }
  }

  private void assertAllThere() {
    kept.forEach((handle, bytes) -> {
      byte[] found = new byte[backend().length(handle)];
      backend().buffer(handle).get(backend().position(handle), found);
      assertArrayEquals(bytes, found);
    });
  }

  @Test
  void whatIsPutIsThereByteByByte() {
    for (int length : new int[] {1, 2, 8, 100, 2048, 4095, 4096, 65_535, 65_536}) {
      put(length);
    }
    for (int i = 0; i < 500; i++) {
      put(1 + random.nextInt(4096));
    }
    assertAllThere();
    assertTrue(backend().usage().usedBytes() > 0);
  }

  @Test
  void whatIsFreedMakesRoomAndLeavesTheOthersAlone() {
    for (int round = 0; round < 20; round++) {
      for (int i = 0; i < 100; i++) {
        put(1 + random.nextInt(4096));
      }
      for (long handle : kept.keySet().stream().filter(h -> random.nextBoolean()).toList()) {
        backend().free(handle);
        kept.remove(handle);
      }
      assertAllThere();
    }
  }

  @Test
  void aHandleThatWasFreedIsRefusedAndNothingChanges() {
    long handle = put(500);
    put(500);
    backend().free(handle);
    kept.remove(handle);
    assertThrows(IllegalArgumentException.class, () -> backend().free(handle));
    assertAllThere();
  }

  @Test
  void manyAreFreedTogetherWhateverIsWrongWithSome() {
    for (int round = 0; round < 10; round++) {
      for (int i = 0; i < 300; i++) {
        put(1 + random.nextInt(4096));
      }
      long[] some =
          kept.keySet().stream().filter(h -> random.nextBoolean()).mapToLong(h -> h).toArray();
      for (long handle : some) {
        kept.remove(handle);
      }
      backend().freeAll(some.clone(), some.length);
      assertAllThere();
      long[] oneAgain = kept.keySet().stream().limit(50).mapToLong(h -> h).toArray();
      for (long handle : oneAgain) {
        kept.remove(handle);
      }
      long[] twice = new long[51];
      System.arraycopy(oneAgain, 0, twice, 0, 50);
      twice[50] = oneAgain[random.nextInt(50)];
      assertThrows(IllegalArgumentException.class, () -> backend().freeAll(twice, 51));
      assertAllThere();
    }
  }

  @Test
  void aFullOneRefusesAndTakesAgainWhenThereIsRoom() {
    ByteBuffer page = ByteBuffer.allocate(4096);
    random.nextBytes(page.array());
    long handle = backend().put(page, 0, 4096);
    long last = handle;
    while (handle != Backend.REFUSED) {
      last = handle;
      kept.put(handle, page.array());
      handle = backend().put(page, 0, 4096);
    }
    assertNotEquals(Backend.REFUSED, last);
    backend().free(last);
    kept.remove(last);
    assertTrue(backend().hasRoom(4096));
    kept.put(backend().put(page, 0, 4096), page.array());
    assertAllThere();
  }

  @Test
  void compactionMovesWhatItWantsAndLosesNothing() {
    for (int i = 0; i < 3_000; i++) {
      put(1 + random.nextInt(1000));
    }
    for (long handle : kept.keySet().stream().filter(h -> random.nextInt(4) > 0).toList()) {
      backend().free(handle);
      kept.remove(handle);
    }
    backend().planCompaction();
    for (Map.Entry<Long, byte[]> entry : Map.copyOf(kept).entrySet()) {
      long handle = entry.getKey();
      if (backend().wantsMove(handle)) {
        kept.remove(handle);
        kept.put(backend().relocate(handle), entry.getValue());
      }
    }
    assertAllThere();
  }
}
