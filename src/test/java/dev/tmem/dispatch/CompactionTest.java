package dev.tmem.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tmem.ErrorCode;
import dev.tmem.Protection;
import dev.tmem.TmemException;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

/** Compaction by command: sparse spans are emptied, and given back whole. */
class CompactionTest extends DispatchFixture {

  @Override
  long memoryLimit() {
    return 16L << 20;
  }

  private Upkeep.Compacted compact(String backend) {
    return await(node.dispatcher.upkeep().compact(backend));
  }

  @Test
  void nothingMoreIsToBeGainedAfterwards() {
    register(node.zram, disk);
    PageSpace space = node.open("a", Protection.ANY);
    for (int i = 0; i < 3_000; i++) {
      await(space.store(i, ByteBuffer.wrap(HardPages.noise(i, 500 + i % 3_000))));
    }
    for (int i = 0; i < 3_000; i++) {
      if (i % 10 != 0) {
        await(space.invalidate(i));
      }
    }
    long held = node.zram.usage().heldBytes();
    Upkeep.Compacted gain = compact("zram");
    long heldNow = node.zram.usage().heldBytes();
    assertTrue(gain.moved() > 100, gain.toString());
    assertEquals(held - heldNow, gain.bytes());
    assertEquals(gain.moved(), node.zram.counters().get("pages_compacted"));
    assertEquals(0, node.zram.planCompaction());
    assertEquals(new Upkeep.Compacted(0, 0), compact("zram"));
    for (int i = 0; i < 3_000; i += 10) {
      ByteBuffer into = ByteBuffer.allocate(4096);
      int length = space.loadNow(i, into, 0, 4096);
      assertEquals(ByteBuffer.wrap(HardPages.noise(i, 500 + i % 3_000)), into.slice(0, length));
    }
  }

  @Test
  void anEmptyPoolHasNothingToGain() {
    register(node.zram);
    assertEquals(new Upkeep.Compacted(0, 0), compact("zram"));
  }

  @Test
  void onlyWhatKeepsPagesInRamIsCompacted() {
    register(node.zram, disk);
    for (String name : new String[] {"tape", "disk"}) {
      TmemException error = assertThrows(TmemException.class, () -> compact(name));
      assertEquals(ErrorCode.UNKNOWN_BACKEND, error.code());
      assertTrue(String.valueOf(error.getMessage()).contains(name));
    }
  }
}
