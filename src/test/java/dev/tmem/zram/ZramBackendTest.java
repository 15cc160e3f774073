package dev.tmem.zram;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import dev.tmem.backend.Backend;
import dev.tmem.backend.LossDomain;
import dev.tmem.backend.SpaceInfo;
import dev.tmem.memory.RegionPool;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ZramBackendTest {
  private static final long SPAN = RegionPool.SPAN_BYTES;

  private final ZramFixture fixture = new ZramFixture(256L << 20);
  private final ZramBackend zram = fixture.zram;

  @AfterEach
  void everythingIsGivenBack() {
    fixture.close();
  }

  private static void assertForeign(ZramBackend zram, long handle) {
    assertThrows(IllegalArgumentException.class, () -> zram.free(handle));
    assertThrows(IllegalArgumentException.class, () -> zram.relocate(handle));
  }

  @Test
  void itIntroducesItself() {
    assertEquals("zram", zram.name());
    assertEquals(100, zram.tier());
    assertSame(LossDomain.NODE, zram.lossDomain());
    assertTrue(zram.init(new SpaceInfo(1, "a", 4096, true)).succeeded());
    assertTrue(zram.invalidateSpace(1).succeeded());
    assertEquals(fixture.account.dataLimit(), zram.usage().limitBytes());
  }

  @Test
  void everyLengthReadsBackFromEveryKindOfBuffer() {
    Random random = new Random(31);
    for (int round = 0; round < 400; round++) {
      int length = round < 66 ? Math.max(1, round * 1000) : 1 + random.nextInt(65536);
      byte[] bytes = ZramFixture.content(round, length);
      ByteBuffer direct = ByteBuffer.allocateDirect(length + 9).put(9, bytes).position(3);
      ByteBuffer source =
          switch (round % 4) {
            case 0 -> direct;
            case 1 -> direct.asReadOnlyBuffer();
            case 2 -> ByteBuffer.allocate(length + 9).put(9, bytes).asReadOnlyBuffer();
            default -> ByteBuffer.allocate(length + 16).slice(7, length + 9).put(9, bytes);
          };
      long handle = zram.put(source, 9, length);
      assertEquals(length, zram.length(handle));
      assertArrayEquals(bytes, fixture.read(handle));
      fixture.audit(1, length);
      zram.free(handle);
      fixture.audit(0, 0);
    }
  }

  @Test
  void wrongLengthsAndRangesChangeNothing() {
    ByteBuffer source = ByteBuffer.allocate(70_000);
    assertThrows(IllegalArgumentException.class, () -> zram.put(source, 0, 0));
    assertThrows(IllegalArgumentException.class, () -> zram.put(source, 0, 65_537));
    assertThrows(IndexOutOfBoundsException.class, () -> zram.put(source, 69_000, 1001));
    assertThrows(IndexOutOfBoundsException.class, () -> zram.put(source, -1, 10));
    assertThrows(IllegalArgumentException.class, () -> zram.hasRoom(0));
    fixture.audit(0, 0);
  }

  @Test
  void sixteenRawPagesFillOneSpan() {
    long[] handles = new long[17];
    for (int i = 0; i < 16; i++) {
      handles[i] = fixture.put(i, 4096);
    }
    assertEquals(SPAN, fixture.account.used());
    handles[16] = fixture.put(16, 4096);
    assertEquals(2 * SPAN, fixture.account.used());
    for (int i = 0; i < 16; i++) {
      zram.free(handles[i]);
    }
    assertEquals(SPAN, fixture.account.used());
    assertArrayEquals(ZramFixture.content(16, 4096), fixture.read(handles[16]));
    zram.free(handles[16]);
    assertEquals(0, fixture.account.used());
  }

  @Test
  void aSecondFreeIsFoundOutAndChangesNothing() {
    long kept = fixture.put(1, 3000);
    long freed = fixture.put(2, 3000);
    zram.free(freed);
    assertForeign(zram, freed);
    long small = fixture.put(3, 40);
    long smallFreed = fixture.put(4, 40);
    zram.free(smallFreed);
    assertForeign(zram, smallFreed);
    fixture.audit(2, 3040);
    zram.free(kept);
    zram.free(small);
    assertForeign(zram, kept); // its span is gone by now
    assertForeign(zram, small);
    fixture.audit(0, 0);
  }

  @Test
  void foreignHandlesAreFoundOutAndChangeNothing() {
    long handle = fixture.put(1, 2000);
    int span = HandleLayout.span(handle);
    int size = SizeClasses.objectBytes(SizeClasses.of(2000));
    assertForeign(zram, -1);
    assertForeign(zram, Long.MIN_VALUE);
    assertForeign(zram, handle | 1L << 60);
    assertForeign(zram, HandleLayout.pack(span + 1, 0, 2000));
    assertForeign(zram, HandleLayout.pack(HandleLayout.MAX_SPAN, 0, 2000));
    assertForeign(zram, HandleLayout.pack(span, size, 2000)); // a free place
    assertForeign(zram, HandleLayout.pack(span, 16, 2000)); // between two places
    assertForeign(zram, HandleLayout.pack(span, 0, size + 1)); // longer than a place
    assertForeign(zram, HandleLayout.pack(span, HandleLayout.MAX_OFFSET, 10));
    fixture.audit(1, 2000);
    assertArrayEquals(ZramFixture.content(1, 2000), fixture.read(handle));
    zram.free(handle);
  }

  @Test
  void aRegionThatServesOthersIsForeignToo() {
    int span = fixture.pool.acquireSpan(true);
    assertForeign(zram, HandleLayout.pack(span, 0, 100));
    long ours = fixture.put(1, 100);
    assertForeign(zram, HandleLayout.pack(span, 0, 100));
    zram.free(ours);
    fixture.pool.releaseSpan(span, true);
  }

  @Test
  void theAccountIsTheLimit() {
    ZramFixture tight = new ZramFixture(ZramFixture.limitForSpans(4));
    long[] handles = new long[64];
    for (int i = 0; i < handles.length; i++) {
      assertTrue(tight.zram.hasRoom(4096));
      handles[i] = tight.put(i, 4096);
      assertNotEquals(Backend.REFUSED, handles[i]);
    }
    assertFalse(tight.zram.hasRoom(4096));
    assertEquals(Backend.REFUSED, tight.put(64, 4096));
    assertEquals(Backend.REFUSED, tight.put(64, 50));
    tight.audit(64, 64 * 4096);
    tight.zram.free(handles[7]);
    assertTrue(tight.zram.hasRoom(4096));
    assertFalse(tight.zram.hasRoom(50));
    handles[7] = tight.put(7, 4096);
    assertNotEquals(Backend.REFUSED, handles[7]);
    for (int i = 0; i < handles.length; i++) {
      assertArrayEquals(ZramFixture.content(i, 4096), tight.read(handles[i]));
    }
    tight.close();
  }

  @Test
  void withoutASpanALittleLargerPlaceIsTaken() {
    ZramFixture tight = new ZramFixture(ZramFixture.limitForSpans(1));
    long first = tight.put(1, 4096);
    assertTrue(tight.zram.hasRoom(3500));
    long misfit = tight.put(2, 3500);
    assertNotEquals(Backend.REFUSED, misfit);
    assertFalse(tight.zram.hasRoom(2000)); // a place twice as large would be a waste
    assertEquals(Backend.REFUSED, tight.put(3, 2000));
    assertArrayEquals(ZramFixture.content(2, 3500), tight.read(misfit));
    tight.audit(2, 4096 + 3500);
    tight.zram.free(misfit);
    tight.zram.free(first);
    tight.audit(0, 0);
    tight.close();
  }

  @Test
  void aLimitThatIsLoweredRefusesAndLosesNothing() {
    long handle = fixture.put(1, 4096);
    fixture.account.setLimit(1000);
    assertNotEquals(Backend.REFUSED, fixture.put(2, 4096)); // in the span that is held already
    assertEquals(Backend.REFUSED, fixture.put(3, 100));
    assertArrayEquals(ZramFixture.content(1, 4096), fixture.read(handle));
  }

  /** One in eight objects stays; compaction must bring the spans down to what those need. */
  @Test
  void compactionGivesSparseSpansBack() {
    int[] lengths = {40, 500, 1500, 2000, 2990, 4096, 9000, 20_000, 47_000};
    for (int length : lengths) {
      SpanLayout layout = SpanLayout.of(SizeClasses.objectBytes(SizeClasses.of(length)));
      int places = layout.places();
      long spanBytes = layout.spanBytes();
      int count = places * 40;
      long[] handles = new long[count];
      for (int i = 0; i < count; i++) {
        handles[i] = fixture.put(i, length);
      }
      assertEquals(40 * spanBytes, fixture.account.used());
      int kept = 0;
      for (int i = 0; i < count; i++) {
        if (i % 8 == 0 || i % places == 0) {
          handles[kept++] = handles[i];
        } else {
          zram.free(handles[i]);
        }
      }
      assertEquals(40 * spanBytes, fixture.account.used());
      int needed = (kept + places - 1) / places;
      assertEquals((40 - needed) * spanBytes, zram.planCompaction());
      relocateAll(handles, kept);
      assertEquals(needed * spanBytes, fixture.account.used());
      assertEquals(0, zram.planCompaction());
      fixture.audit(kept, (long) kept * length);
      for (int i = 0; i < kept; i++) {
        zram.free(handles[i]);
      }
      fixture.audit(0, 0);
    }
    assertTrue(fixture.counter("pages_compacted") > 0);
  }

  private void relocateAll(long[] handles, int count) {
    for (int i = 0; i < count; i++) {
      byte[] before = fixture.read(handles[i]);
      if (zram.wantsMove(handles[i])) {
        long old = handles[i];
        handles[i] = zram.relocate(old);
        assertNotEquals(old, handles[i]);
        assertThrows(IllegalArgumentException.class, () -> zram.free(old));
      } else {
        assertEquals(handles[i], zram.relocate(handles[i]));
      }
      assertFalse(zram.wantsMove(handles[i]));
      assertArrayEquals(before, fixture.read(handles[i]));
    }
  }

  @Test
  void aSpanToBeEmptiedServesWhenThereIsNoOther() {
    ZramFixture tight = new ZramFixture(ZramFixture.limitForSpans(2));
    long[] handles = new long[32];
    for (int i = 0; i < 32; i++) {
      handles[i] = tight.put(i, 4096);
    }
    for (int i = 0; i < 32; i++) {
      if (i % 16 >= 4) {
        tight.zram.free(handles[i]);
      }
    }
    assertEquals(SPAN, tight.zram.planCompaction());
    for (int i = 0; i < 24; i++) {
      assertNotEquals(Backend.REFUSED, tight.put(100 + i, 4096));
      tight.zram.checkInvariants();
    }
    assertEquals(Backend.REFUSED, tight.put(200, 4096));
    assertFalse(tight.zram.wantsMove(handles[0]) || tight.zram.wantsMove(handles[16]));
    tight.audit(32, 32 * 4096);
    tight.close();
  }

  @Test
  void aMisfitGoesWhereItFitsWhenItsSpanIsEmptied() {
    ZramFixture tight = new ZramFixture(ZramFixture.limitForSpans(1));
    long first = tight.put(1, 4096);
    long misfit = tight.put(2, 3500);
    tight.account.setLimit(64L << 20);
    long[] others = new long[17];
    for (int i = 0; i < others.length; i++) {
      others[i] = tight.put(10 + i, 4096); // fills the misfit's span and begins another
    }
    long fitting = tight.put(50, 3500);
    for (int i = 0; i < 14; i++) {
      tight.zram.free(others[i]);
    }
    assertEquals(SPAN, tight.zram.planCompaction());
    misfit = tight.zram.relocate(misfit);
    assertEquals(HandleLayout.span(fitting), HandleLayout.span(misfit));
    first = tight.zram.relocate(first);
    assertEquals(HandleLayout.span(others[16]), HandleLayout.span(first));
    assertArrayEquals(ZramFixture.content(2, 3500), tight.read(misfit));
    assertArrayEquals(ZramFixture.content(1, 4096), tight.read(first));
    tight.audit(6, 4 * 4096 + 2 * 3500);
    assertEquals(2 * SPAN, tight.account.used());
    tight.close();
  }

  @Test
  void classStatsAddUpAndTheHighWaterMarkHolds() {
    long[] handles = new long[100];
    for (int i = 0; i < handles.length; i++) {
      handles[i] = fixture.put(i, 3000);
    }
    SizeClassStats stats = zram.classStats().getFirst();
    assertEquals(1, zram.classStats().size());
    assertEquals(100, stats.objects());
    assertEquals(300_000, stats.payloadBytes());
    assertEquals(100L * stats.objectBytes() - 300_000, stats.paddingBytes());
    assertEquals(stats.spans() * stats.objectsPerSpan() - 100, stats.freePlaces());
    assertEquals(100 * 100 / (stats.spans() * stats.objectsPerSpan()), stats.fullnessPercent());
    long most = fixture.counter("mem_used_total");
    for (long handle : handles) {
      zram.free(handle);
    }
    assertEquals(0, fixture.counter("mem_used_total"));
    assertEquals(most, fixture.counter("mem_used_max"));
    zram.resetMemUsedMax();
    assertEquals(0, fixture.counter("mem_used_max"));
    assertEquals(256L << 20, fixture.counter("mem_limit"));
  }

  @Test
  void afterCloseItRefusesAndKnowsNoHandle() {
    long handle = fixture.put(1, 100);
    zram.close();
    assertEquals(Backend.REFUSED, fixture.put(2, 100));
    assertForeign(zram, handle);
    fixture.audit(0, 0);
  }

  /** One object of each class stays, so that no span comes or goes: that costs a system call. */
  @Test
  void nothingIsAllocatedOnTheHeap() {
    for (int i = 0; i < SizeClasses.count(); i++) {
      fixture.put(i, SizeClasses.objectBytes(i));
    }
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    ByteBuffer source = ByteBuffer.allocateDirect(4096);
    ByteBuffer into = ByteBuffer.allocate(4096);
    churn(source, into, 4000);
    long before = threads.getCurrentThreadAllocatedBytes();
    churn(source, into, 20_000);
    long bytes = threads.getCurrentThreadAllocatedBytes() - before;
    assertTrue(bytes < 20_000, bytes + " bytes were allocated by 20,000 puts, reads and frees");
  }

  private void churn(ByteBuffer source, ByteBuffer into, int rounds) {
    for (int i = 0; i < rounds; i++) {
      long handle = zram.put(source, 0, 1 + i % 4096);
      into.put(0, zram.buffer(handle), zram.position(handle), zram.length(handle));
      assertTrue(zram.hasRoom(4096));
      zram.free(handle);
    }
  }

  @Test
  void aZpageOfTheSameClassIsWrittenOverAnother() {
    try (ZramFixture fixture = new ZramFixture(16L << 20)) {
      long first = fixture.put(1, 2000);
      long second = fixture.rewrite(first, 2, 1995);
      assertEquals(HandleLayout.span(first), HandleLayout.span(second));
      assertEquals(HandleLayout.offset(first), HandleLayout.offset(second));
      assertEquals(1995, fixture.zram.length(second));
      assertArrayEquals(ZramFixture.content(2, 1995), fixture.read(second));
      fixture.audit(1, 1995);
      assertEquals(Backend.REFUSED, fixture.rewrite(second, 3, 500));
      assertArrayEquals(ZramFixture.content(2, 1995), fixture.read(second));
      fixture.zram.free(second);
      assertThrows(IllegalArgumentException.class, () -> fixture.rewrite(second, 4, 1995));
      fixture.audit(0, 0);
    }
  }

  @Test
  void whatIsToBeEmptiedIsNotWrittenOver() {
    try (ZramFixture fixture = new ZramFixture(16L << 20)) {
      List<Long> handles = new ArrayList<>();
      for (int i = 0; i < 160; i++) {
        handles.add(fixture.put(i, 4096));
      }
      for (int i = 0; i < 160; i++) {
        if (i % 4 != 0) {
          fixture.zram.free(handles.get(i));
        }
      }
      assertTrue(fixture.zram.planCompaction() > 0);
      int refused = 0;
      for (int i = 0; i < 160; i += 4) {
        long handle = handles.get(i);
        boolean wanted = fixture.zram.wantsMove(handle);
        long now = fixture.rewrite(handle, i + 1000, 4096);
        assertEquals(wanted, now == Backend.REFUSED);
        refused += wanted ? 1 : 0;
        assertArrayEquals(ZramFixture.content(wanted ? i : i + 1000, 4096), fixture.read(handle));
      }
      assertTrue(refused > 0 && refused < 40, refused + " refused");
      fixture.audit(40, 40L * 4096);
    }
  }
}
