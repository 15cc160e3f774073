package dev.tmem.dispatch;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.tmem.ErrorCode;
import dev.tmem.Protection;
import dev.tmem.TmemException;
import io.vertx.core.Future;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Pages that go to disk by what they are, and the budget for that, in hand-turned time. */
class WritebackTest extends DispatchFixture {

  private static final int LENGTH = 4096;

  private Writeback writeback() {
    return node.dispatcher.upkeep().writeback();
  }

  private void put(PageSpace space, long offset, byte[] page) {
    await(space.store(offset, ByteBuffer.wrap(page)));
  }

  private void assertBytes(byte[] expected, PageSpace space, long offset) {
    assertArrayEquals(expected, Arrays.copyOf(load(space, offset), expected.length));
  }

  /** Five pages of noise from 0 on, five of text from 10 on, one of one word. */
  private PageSpace filled() {
    PageSpace space = node.open("a", Protection.ANY);
    for (int i = 0; i < 5; i++) {
      put(space, i, HardPages.noise(i, LENGTH));
      put(space, 10 + i, HardPages.text(i, LENGTH));
    }
    put(space, 20, new byte[LENGTH]);
    return space;
  }

  private void assertAllThere(PageSpace space) {
    for (int i = 0; i < 5; i++) {
      assertBytes(HardPages.noise(i, LENGTH), space, i);
      assertBytes(HardPages.text(i, LENGTH), space, 10 + i);
    }
    assertBytes(new byte[LENGTH], space, 20);
  }

  private static Map<String, Long> result(long pages, long left) {
    return Map.of("pages", pages, "left", left);
  }

  @Test
  void hugePagesGoAndOthersStay() {
    register(node.zram, peer, disk);
    PageSpace space = filled();
    assertEquals(result(5, 0), await(writeback().run(WritebackClass.HUGE, null)));
    assertEquals(5, disk.size());
    assertEquals(0, peer.size(), "it goes to the disk, not to peers");
    assertEquals(5, pagesIn(space, "disk"));
    assertEquals(result(0, 0), await(writeback().run(WritebackClass.HUGE, space)));
    assertAllThere(space);
  }

  @Test
  void idlePagesGoUnlessSomebodyAskedForThem() {
    register(node.zram, disk);
    PageSpace space = filled();
    assertEquals(10, await(node.dispatcher.upkeep().markIdle(null, 0)));
    load(space, 3);
    load(space, 13);
    assertEquals(result(8, 0), await(writeback().run(WritebackClass.IDLE, space)));
    assertEquals(8, disk.size());
    assertAllThere(space);
  }

  @Test
  void onlyWhatRecompressionHasTriedIsIncompressible() {
    register(node.zram, disk);
    PageSpace space = filled();
    assertEquals(result(0, 0), await(writeback().run(WritebackClass.INCOMPRESSIBLE, null)));
    await(node.dispatcher.upkeep().recompress(Upkeep.Target.HUGE, null));
    assertEquals(result(5, 0), await(writeback().run(WritebackClass.INCOMPRESSIBLE, null)));
    assertAllThere(space);
  }

  @Test
  void aRangeOfOffsetsOfOneArea() {
    register(node.zram, disk);
    PageSpace other = node.open("b", Protection.ANY);
    put(other, 3, HardPages.text(77, LENGTH));
    PageSpace space = filled();
    assertEquals(result(4, 0), await(writeback().run(space, 3, 11)));
    assertEquals(4, pagesIn(space, "disk"));
    assertEquals(0, pagesIn(other, "disk"));
    assertAllThere(space);
  }

  @Test
  void thereMustBeADisk() {
    register(node.zram, peer);
    PageSpace space = filled();
    Future<?> refused = writeback().run(WritebackClass.HUGE, space);
    TmemException e = assertThrows(TmemException.class, () -> await(refused));
    assertEquals(ErrorCode.UNKNOWN_BACKEND, e.code());
  }

  @Test
  void theBudgetIsDebitedAndRefunded() {
    register(node.zram, disk);
    PageSpace space = filled();
    assertEquals(WritebackBudget.UNLIMITED, writeback().budget().set(3));
    assertEquals(3, await(writeback().run(WritebackClass.HUGE, null)).get("pages"));
    assertEquals(3, disk.size());
    assertEquals(0, writeback().budget().left());
    assertEquals(0, await(writeback().run(WritebackClass.HUGE, null)).get("pages"));
    writeback().budget().set(10);
    disk.mood = TwinBackend.Mood.FAILING;
    assertEquals(result(0, 2), await(writeback().run(WritebackClass.HUGE, null)));
    assertEquals(10, writeback().budget().left(), "nothing was written");
    disk.mood = TwinBackend.Mood.WELL;
    disk.capacity = 4;
    assertEquals(result(1, 1), await(writeback().run(WritebackClass.HUGE, null)));
    assertEquals(9, writeback().budget().left());
    writeback().budget().set(WritebackBudget.UNLIMITED);
    disk.capacity = Long.MAX_VALUE;
    assertEquals(result(1, 0), await(writeback().run(WritebackClass.HUGE, null)));
    assertEquals(WritebackBudget.UNLIMITED, writeback().budget().left());
    assertAllThere(space);
  }

  @Test
  void aPageThatIsTouchedOnItsWayStays() {
    register(node.zram, disk);
    PageSpace space = filled();
    writeback().budget().set(100);
    disk.mood = TwinBackend.Mood.HANGING;
    Future<Map<String, Long>> run = writeback().run(WritebackClass.HUGE, null);
    scheduler.settle();
    load(space, 2);
    store(space, 4, 9);
    assertFalse(run.isComplete());
    disk.mood = TwinBackend.Mood.WELL;
    disk.hanging.forEach(Runnable::run);
    disk.hanging.clear();
    assertEquals(result(3, 2), await(run));
    assertEquals(97, writeback().budget().left());
    assertEquals(3, disk.size(), "copies in vain are freed");
    assertPage(space, 4, 9);
    assertBytes(HardPages.noise(2, LENGTH), space, 2);
  }

  @Test
  void whatHasACopyThereAlreadyNeedsNoWrite() {
    register(node.zram, disk);
    PageSpace space = node.open("a", Protection.ANY);
    space.modes().setWritethrough(true);
    put(space, 1, HardPages.noise(1, LENGTH));
    space.modes().setWritethrough(false);
    writeback().budget().set(0);
    assertEquals(result(1, 0), await(writeback().run(WritebackClass.HUGE, null)));
    assertEquals(1, disk.size());
    assertBytes(HardPages.noise(1, LENGTH), space, 1);
  }

  @Test
  void byTheClockWhatTheOptionNames() {
    register(node.zram, disk);
    node.dispatcher.upkeep().start();
    PageSpace space = filled();
    scheduler.advance(60_000);
    assertEquals(0, disk.size());
    writeback().setAutomatic(Set.of(WritebackClass.HUGE));
    writeback().budget().set(4);
    scheduler.advance(60_000);
    assertEquals(4, disk.size());
    writeback().budget().set(WritebackBudget.UNLIMITED);
    scheduler.advance(60_000);
    assertEquals(5, disk.size());
    writeback().setAutomatic(Set.of(WritebackClass.IDLE));
    scheduler.advance(1_000L * WritebackClass.CLOCK_IDLE_SECONDS);
    assertEquals(5, disk.size(), "an hour of grace");
    scheduler.advance(3_000L * WritebackClass.CLOCK_IDLE_SECONDS);
    assertEquals(10, disk.size());
    assertAllThere(space);
    node.dispatcher.upkeep().stop();
  }
}
