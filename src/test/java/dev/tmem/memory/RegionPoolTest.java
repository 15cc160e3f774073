package dev.tmem.memory;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tmem.ErrorCode;
import dev.tmem.TmemException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import net.jpountz.lz4.LZ4Factory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

class RegionPoolTest {

  private static final int SPAN = RegionPool.SPAN_BYTES;
  private static final int SPANS = RegionPool.SPANS_PER_REGION;

  private final MemoryAccount account = new MemoryAccount(1L << 30);
  private final RegionPool pool = new RegionPool(account);

  @AfterEach
  void close() {
    pool.close();
    assertEquals(0, account.used());
  }

  private List<Integer> acquire(int count) {
    List<Integer> spans = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      spans.add(pool.acquireSpan(false));
    }
    assertTrue(spans.stream().allMatch(span -> span >= 0), "all granted");
    pool.checkInvariants();
    return spans;
  }

  private void release(List<Integer> spans) {
    spans.forEach(span -> pool.releaseSpan(span, false));
    pool.checkInvariants();
  }

  @Test
  void spansAreDistinctAndKeepWhatIsWritten() {
    List<Integer> spans = acquire(SPANS + 10);
    assertEquals(2 * RegionPool.REGION_BYTES, pool.mapped());
    assertEquals((long) spans.size() * SPAN, account.used());
    for (int span : spans) {
      pool.buffer(span).putInt(pool.position(span), span);
      pool.buffer(span).putInt(pool.position(span) + SPAN - 4, ~span);
    }
    Set<Integer> seen = new HashSet<>();
    for (int span : spans) {
      assertTrue(span >= 0 && seen.add(span));
      assertEquals(0, pool.position(span) % SPAN);
      assertEquals(span, pool.buffer(span).getInt(pool.position(span)));
      assertEquals(~span, pool.buffer(span).getInt(pool.position(span) + SPAN - 4));
      MemorySegment segment = pool.segment(span);
      assertEquals(RegionPool.REGION_BYTES, segment.byteSize());
    }
  }

  @Test
  void theLowestFreeSpanIsUsedAgainFirst() {
    List<Integer> spans = acquire(2 * SPANS);
    release(List.of(spans.get(SPANS + 7), spans.get(500), spans.get(3)));
    assertEquals(spans.get(3), pool.acquireSpan(false));
    assertEquals(spans.get(500), pool.acquireSpan(false));
    assertEquals(spans.get(SPANS + 7), pool.acquireSpan(true));
  }

  @Test
  void oneEmptyRegionIsKept() {
    List<Integer> spans = acquire(4 * SPANS);
    release(spans);
    assertEquals(0, account.used());
    assertEquals(RegionPool.REGION_BYTES, pool.mapped());
    acquire(1);
    assertEquals(RegionPool.REGION_BYTES, pool.mapped());
  }

  /** Growing and shrinking without end must not pile up mappings that wait for the collector. */
  @Test
  void abandonedRegionsAreBounded() {
    RegionMemory memory = RegionMemory.ofThisSystem();
    try (RegionPool small = new RegionPool(account, null, memory)) {
      for (int turn = 0; turn < 20; turn++) {
        List<Integer> spans = new ArrayList<>();
        for (int i = 0; i < 3 * SPANS; i++) {
          spans.add(small.acquireSpan(false));
        }
        spans.forEach(span -> small.releaseSpan(span, false));
        small.checkInvariants();
        assertTrue(memory.regions() <= 3 + Regions.ABANDONED_MAX, memory.regions() + " regions");
      }
    }
  }

  @Test
  void refusalByTheAccountChangesNothing() {
    MemoryAccount tight = new MemoryAccount(64L * SPAN);
    try (RegionPool bounded = new RegionPool(tight)) {
      int granted = 0;
      while (bounded.acquireSpan(false) >= 0) {
        granted++;
      }
      assertEquals(62, granted); // a 32nd is headroom
      assertEquals(62L * SPAN, tight.used());
      assertTrue(bounded.acquireSpan(true) >= 0);
      assertTrue(bounded.acquireSpan(true) >= 0);
      assertEquals(-1, bounded.acquireSpan(true));
      assertEquals(2L * SPAN, bounded.tableBytes());
      bounded.checkInvariants();
    }
    assertEquals(0, tight.used());
  }

  @Test
  void releasingWhatIsNotHeldIsRefused() {
    List<Integer> spans = acquire(3);
    pool.releaseSpan(spans.get(1), false);
    for (int span : new int[] {spans.get(1), 999, 5 * SPANS, -1, Integer.MAX_VALUE}) {
      assertThrows(IllegalArgumentException.class, () -> pool.releaseSpan(span, false));
    }
    pool.checkInvariants();
    assertEquals(2L * SPAN, account.used());
  }

  @Test
  void memoryGoesBackToTheSystem() {
    Assumptions.assumeTrue(System.getProperty("os.name", "").equals("Linux"));
    List<Integer> spans = acquire(3 * SPANS); // 192 MiB
    spans.forEach(span -> pool.segment(span).asSlice(pool.position(span), SPAN).fill((byte) 7));
    Set<Long> regions = new TreeSet<>();
    spans.forEach(span -> regions.add(pool.segment(span).address()));
    long full = Mappings.residentBytes(regions);
    assertTrue(full >= 192L << 20, "resident " + full);
    release(spans.subList(100, spans.size()));
    long after = Mappings.residentBytes(regions);
    assertTrue(full - after > 180L << 20, "fell by " + (full - after));
    assertEquals(7, pool.buffer(spans.get(42)).get(pool.position(spans.get(42))));
  }

  @Test
  void closedPoolSaysSo() {
    int span = pool.acquireSpan(true);
    pool.close();
    pool.close();
    assertEquals(0, account.used());
    assertEquals(0, pool.mapped());
    for (Runnable use :
        List.<Runnable>of(
            () -> pool.acquireSpan(false),
            () -> pool.releaseSpan(span, true),
            () -> pool.buffer(span),
            () -> pool.segment(span))) {
      assertEquals("closed", assertThrows(IllegalStateException.class, use::run).getMessage());
    }
  }

  /** A late user of a buffer, native code included, gets undefined bytes and no crash. */
  @Test
  void buffersFetchedBeforeCloseStayHarmless() {
    int span = pool.acquireSpan(false);
    ByteBuffer late = pool.buffer(span);
    pool.close();
    System.gc();
    ByteBuffer out = ByteBuffer.allocateDirect(SPAN * 2);
    LZ4Factory.nativeInstance().fastCompressor().compress(late, 0, SPAN, out, 0, SPAN * 2);
    assertEquals(0, late.get(0));
  }

  /** The native codec reads and writes the shared buffer in place. */
  @Test
  void nativeCodecWorksInPlace() {
    byte[] page = new byte[4096];
    Random random = new Random(5);
    for (int i = 0; i < 1000; i++) {
      page[i] = (byte) random.nextInt();
    }
    int from = pool.acquireSpan(false);
    int to = pool.acquireSpan(false);
    pool.buffer(from).put(pool.position(from), page);
    LZ4Factory lz4 = LZ4Factory.nativeInstance();
    int length =
        lz4.fastCompressor()
            .compress(
                pool.buffer(from),
                pool.position(from),
                4096,
                pool.buffer(to),
                pool.position(to),
                SPAN);
    assertTrue(length < 4096);
    ByteBuffer back = ByteBuffer.allocateDirect(4096);
    lz4.safeDecompressor().decompress(pool.buffer(to), pool.position(to), length, back, 0, 4096);
    byte[] got = new byte[4096];
    back.get(0, got);
    assertArrayEquals(page, got);
  }

  /** Memory that can be told to refuse. */
  private static final class Reluctant implements RegionMemory {
    boolean mapRefused;
    boolean discardFails;
    boolean populateFails;
    Runnable onPopulate = () -> {};
    final List<Long> discarded = new ArrayList<>();
    final List<Long> populated = new ArrayList<>();

    @Override
    public @Nullable MemorySegment map() {
      return mapRefused ? null : Arena.ofAuto().allocate(RegionPool.REGION_BYTES, 4096);
    }

    @Override
    public boolean populate(MemorySegment region, long at) {
      populated.add(at);
      onPopulate.run();
      return !populateFails;
    }

    @Override
    public void discard(MemorySegment region, long at, long bytes) {
      if (discardFails) {
        throw new TmemException(ErrorCode.INTERNAL, "told to");
      }
      discarded.add(bytes);
    }

    @Override
    public int regions() {
      return 0;
    }
  }

  @Test
  void aBlockThatIsResidentIsUsedUpBeforeAnythingElse() {
    Reluctant memory = new Reluctant();
    MemoryAccount roomy = new MemoryAccount(1L << 30);
    try (RegionPool blocks = new RegionPool(roomy, Runnable::run, memory)) {
      int first = blocks.acquireSpan(false); // before anything is resident
      assertEquals(List.of(RegionPool.BLOCK_BYTES), memory.populated, "the first block is in use");
      for (int i = 0; i < RegionPool.SPANS_PER_BLOCK; i++) {
        assertEquals(RegionPool.SPANS_PER_BLOCK + i, blocks.acquireSpan(i == 7));
        if (i == 3) {
          blocks.releaseSpan(first, false);
          blocks.checkInvariants();
        }
      }
      assertEquals(RegionPool.SPANS_PER_BLOCK, roomy.used() / SPAN);
      List<Long> two = List.of(RegionPool.BLOCK_BYTES, 2 * RegionPool.BLOCK_BYTES);
      assertEquals(two, memory.populated);
      assertEquals(2 * RegionPool.SPANS_PER_BLOCK, blocks.acquireSpan(false));
      assertEquals(0, memory.populated.getLast(), "the lowest that is free");
      blocks.checkInvariants();
    }
    assertEquals(0, roomy.used());
  }

  @Test
  void nothingIsResidentBeyondTheLimit() {
    Reluctant memory = new Reluctant();
    MemoryAccount tight = new MemoryAccount(16L << 20);
    try (RegionPool blocks = new RegionPool(tight, Runnable::run, memory)) {
      int spans = 0;
      while (blocks.acquireSpan(true) >= 0) {
        spans++;
        long resident = memory.populated.size() * RegionPool.BLOCK_BYTES + SPAN;
        assertTrue(Math.max(resident, tight.used()) <= tight.limit() * 3 / 4 || spans > 100);
      }
      assertEquals(tight.limit(), tight.used());
      assertEquals(5, memory.populated.size(), "as long as two more are below three quarters");
      blocks.checkInvariants();
    }
  }

  @Test
  void aSystemThatCannotIsAskedOnce() {
    Reluctant memory = new Reluctant();
    memory.populateFails = true;
    try (RegionPool blocks = new RegionPool(new MemoryAccount(1L << 30), Runnable::run, memory)) {
      for (int i = 0; i < 3 * SPANS; i++) {
        assertEquals(i, blocks.acquireSpan(false));
      }
      assertEquals(1, memory.populated.size());
      blocks.checkInvariants();
    }
  }

  @Test
  void aRegionThatABlockComesBackToMayBeEmpty() {
    Reluctant memory = new Reluctant();
    memory.populateFails = true;
    List<Runnable> background = new ArrayList<>();
    try (RegionPool blocks = new RegionPool(new MemoryAccount(1L << 30), background::add, memory)) {
      blocks.releaseSpan(blocks.acquireSpan(false), false);
      background.getFirst().run();
      assertEquals(1, memory.populated.size());
      blocks.checkInvariants();
    }
  }

  @Test
  void aBlockThatWasBeingPreparedWhenThePoolClosedIsGivenBack() {
    Reluctant memory = new Reluctant();
    List<Runnable> background = new ArrayList<>();
    RegionPool blocks = new RegionPool(new MemoryAccount(1L << 30), background::add, memory);
    blocks.acquireSpan(false);
    assertEquals(1, background.size());
    memory.onPopulate = blocks::close;
    background.getFirst().run();
    assertEquals(RegionPool.BLOCK_BYTES, memory.discarded.getLast());
    assertThrows(IllegalStateException.class, () -> blocks.acquireSpan(false));
  }

  @Test
  void aSystemWithoutMemoryIsARefusal() {
    Reluctant memory = new Reluctant();
    memory.mapRefused = true;
    try (RegionPool poor = new RegionPool(account, null, memory)) {
      assertEquals(-1, poor.acquireSpan(false));
      assertEquals(0, account.used());
      memory.mapRefused = false;
      assertTrue(poor.acquireSpan(false) >= 0);
    }
  }

  @Test
  void whatTheSystemDoesNotTakeBackStaysHeldAndCharged() {
    Reluctant memory = new Reluctant();
    try (RegionPool stuck = new RegionPool(account, null, memory)) {
      int span = stuck.acquireSpan(false);
      memory.discardFails = true;
      assertThrows(TmemException.class, () -> stuck.releaseSpan(span, false));
      stuck.checkInvariants();
      assertEquals(SPAN, account.used());
      memory.discardFails = false;
      stuck.releaseSpan(span, false);
      assertEquals(0, account.used());
    }
  }

  @Test
  void regionsByTheJdksOwnMeansWorkToo() {
    try (RegionPool portable = new RegionPool(account, null, new ArenaRegionMemory())) {
      int span = portable.acquireSpan(false);
      portable.buffer(span).putLong(portable.position(span), 42);
      System.gc();
      assertEquals(42, portable.buffer(span).getLong(portable.position(span)));
      portable.releaseSpan(span, false);
      portable.checkInvariants();
    }
  }
}
