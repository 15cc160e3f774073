package dev.tmem.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tmem.ErrorCode;
import dev.tmem.TmemException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Spans that follow one another, taken and given back as one. */
class RunsTest {

  private static final int SPAN = RegionPool.SPAN_BYTES;
  private static final int RUN = RegionPool.SPANS_PER_RUN;

  private final MemoryAccount account = new MemoryAccount(1L << 30);

  @Test
  void aRunIsOnePieceOfMemoryAndChargedAsAWhole() {
    try (RegionPool pool = new RegionPool(account)) {
      int single = pool.acquireSpan(false);
      int run = pool.acquireRun();
      assertEquals(RUN, run, "the lowest that begins where a run may");
      assertEquals(RegionPool.REGION_BYTES, pool.mapped());
      assertTrue(single < run || single >= run + RUN);
      assertEquals((1L + RUN) * SPAN, account.used());
      MemorySegment memory = pool.segment(run).asSlice(pool.position(run), RegionPool.RUN_BYTES);
      memory.fill((byte) 7);
      pool.buffer(single).put(pool.position(single) + SPAN - 1, (byte) 1);
      assertEquals(7, pool.buffer(run + RUN - 1).get(pool.position(run + RUN - 1) + SPAN - 1));
      pool.releaseRun(run);
      assertEquals(SPAN, account.used());
      pool.checkInvariants();
      assertEquals(run, pool.acquireRun(), "the lowest that is free");
    }
    assertEquals(0, account.used());
  }

  @Test
  void whatIsNoHeldRunIsRefusedAndNothingChanges() {
    try (RegionPool pool = new RegionPool(account)) {
      int run = pool.acquireRun();
      int next = pool.acquireRun();
      int single = pool.acquireSpan(false);
      for (int wrong : new int[] {run + 1, run + 2, single, next + RUN, -1}) {
        assertThrows(IllegalArgumentException.class, () -> pool.releaseRun(wrong));
      }
      assertEquals((2L * RUN + 1) * SPAN, account.used());
      pool.releaseRun(run);
      assertThrows(IllegalArgumentException.class, () -> pool.releaseRun(run));
      pool.checkInvariants();
    }
  }

  @Test
  void theLimitIsForTheWholeRun() {
    MemoryAccount tight = new MemoryAccount(40L * SPAN);
    try (RegionPool pool = new RegionPool(tight)) {
      while (tight.used() + RegionPool.RUN_BYTES <= tight.dataLimit()) {
        assertTrue(pool.acquireRun() >= 0);
      }
      long full = tight.used();
      assertEquals(-1, pool.acquireRun());
      assertEquals(full, tight.used());
      pool.checkInvariants();
    }
    assertEquals(0, tight.used());
  }

  @Test
  void aResidentBlockIsCutIntoRunsBesideTheOneForSpans() {
    Resident memory = new Resident();
    try (RegionPool pool = new RegionPool(account, Runnable::run, memory)) {
      pool.acquireSpan(false); // before anything is resident
      List<Integer> taken = new ArrayList<>();
      for (int i = 0; i < RegionPool.SPANS_PER_BLOCK / RUN; i++) {
        taken.add(pool.acquireRun());
        taken.add(pool.acquireSpan(false));
        pool.checkInvariants();
      }
      for (int i = 0; i < taken.size(); i += 2) {
        assertEquals(RegionPool.SPANS_PER_BLOCK + i / 2 * RUN, taken.get(i));
        assertEquals(2 * RegionPool.SPANS_PER_BLOCK + i / 2, taken.get(i + 1));
      }
      assertTrue(memory.populated.contains(2 * RegionPool.BLOCK_BYTES));
    }
    assertEquals(0, account.used());
  }

  @Test
  void whatTheSystemDoesNotTakeBackStaysHeldAndCharged() {
    Resident memory = new Resident();
    try (RegionPool pool = new RegionPool(account, null, memory)) {
      int run = pool.acquireRun();
      memory.discardFails = true;
      assertThrows(TmemException.class, () -> pool.releaseRun(run));
      pool.checkInvariants();
      assertEquals(RegionPool.RUN_BYTES, account.used());
      memory.discardFails = false;
      pool.releaseRun(run);
      assertEquals(0, account.used());
    }
  }

  /** Against a set of bits: no span is ever given twice, and all that is free can be had again. */
  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3, 4})
  void spansAndRunsNeverOverlap(long seed) {
    Random random = new Random(seed);
    BitSet held = new BitSet();
    List<Integer> spans = new ArrayList<>();
    List<Integer> runs = new ArrayList<>();
    try (RegionPool pool = new RegionPool(account)) {
      for (int step = 0; step < 6000; step++) {
        boolean isRun = random.nextInt(4) == 0;
        List<Integer> of = isRun ? runs : spans;
        boolean grows = random.nextInt(100) < (step / 1500 % 2 == 0 ? 70 : 30);
        if (grows) {
          int span = isRun ? pool.acquireRun() : pool.acquireSpan(false);
          int count = isRun ? RUN : 1;
          assertEquals(0, held.get(span, span + count).cardinality(), "span " + span);
          held.set(span, span + count);
          of.add(span);
        } else if (!of.isEmpty()) {
          int span = of.remove(/* index */ random.nextInt(of.size()));
          held.clear(span, span + (isRun ? RUN : 1));
          if (isRun) {
            pool.releaseRun(span);
          } else {
            pool.releaseSpan(span, false);
          }
        }
        assertEquals((long) held.cardinality() * SPAN, account.used());
        if (step % 16 == 0) {
          pool.checkInvariants();
        }
      }
    }
    assertEquals(0, account.used());
  }

  /** The system, which makes resident what it is asked to, and takes back what it likes. */
  private static final class Resident implements RegionMemory {

    final List<Long> populated = new ArrayList<>();
    boolean discardFails;

    @Override
    public @Nullable MemorySegment map() {
      return new ArenaRegionMemory().map();
    }

    @Override
    public boolean populate(MemorySegment region, long at) {
      populated.add(at);
      return true;
    }

    @Override
    public void discard(MemorySegment region, long at, long bytes) {
      if (discardFails) {
        throw new TmemException(ErrorCode.INTERNAL, "told to");
      }
    }

    @Override
    public int regions() {
      return 0;
    }
  }
}
