package dev.tmem.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tmem.Protection;
import io.vertx.core.Future;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** The marks: who goes down, when, and who waits for it. */
class ReclaimTest extends DispatchFixture {

  @Override
  long memoryLimit() {
    return 8L << 20;
  }

  /** Pages that take the same room, so that the pool can be filled to the brim. */
  private static ByteBuffer even(int number) {
    byte[] noise = new byte[1_500];
    new SplittableRandom(number).nextBytes(noise);
    return ByteBuffer.wrap(Arrays.copyOf(noise, 4096));
  }

  private PageSpace open() {
    register(node.zram, disk);
    return node.open("a", Protection.ANY);
  }

  private long used() {
    return node.dispatcher.reclaimState().usedBytes();
  }

  /** Stores until so much is in RAM, without letting anything else run; the number of pages. */
  private int fillTo(PageSpace space, long bytes) {
    int stored = 0;
    while (used() <= bytes && space.storeNow(stored, even(stored))) {
      stored++;
    }
    return stored;
  }

  private Watermarks marks() {
    return Watermarks.of(node.zram.usage().limitBytes());
  }

  @Test
  void betweenTheMarksNoWriterWaits() {
    PageSpace space = open();
    for (int i = 0; i < 6_000; i++) {
      Future<Void> store = space.store(i, even(i));
      if (used() <= marks().emergency()) {
        assertTrue(store.isComplete(), "store " + i);
      }
      scheduler.step();
    }
    assertEquals(0, space.counters().directReclaim.sum());
    assertTrue(pagesIn(space, "disk") > 0);
  }

  @Test
  void whatPassesTheHighMarkIsRelievedToTheLowOne() {
    PageSpace space = open();
    int stored = fillTo(space, marks().high());
    assertEquals(0, pagesIn(space, "disk"));
    node.dispatcher.limitChanged();
    scheduler.advance(1_000);
    assertTrue(used() <= marks().low(), () -> node.dispatcher.backends().fullness());
    long down = pagesIn(space, "disk");
    assertTrue(down > 0);
    assertTrue(used() > marks().low() - 2L * 4 * Reclaimer.BATCH_PAGES * 4096, "not much more");
    // in between nothing goes down
    while (used() < marks().high() - 8192) {
      assertTrue(space.storeNow(stored, even(stored)));
      stored++;
    }
    node.dispatcher.limitChanged();
    scheduler.advance(1_000);
    assertEquals(down, pagesIn(space, "disk"));
    assertEquals(0, node.dispatcher.reclaimState().lanes());
  }

  @Test
  void aboveTheEmergencyMarkAWriterPays() {
    PageSpace space = open();
    disk.delayMillis = () -> 50;
    int stored = fillTo(space, marks().emergency());
    node.dispatcher.limitChanged();
    assertTrue(node.dispatcher.reclaimState().emergency());
    assertFalse(space.storeNow(stored, even(stored)), "it would not pay");
    Future<Void> store = space.store(stored, even(stored));
    assertFalse(store.isComplete());
    assertEquals(1, space.counters().directReclaim.sum());
    assertEquals(4096, space.loadNow(stored, ByteBuffer.allocate(4096), 0, 4096), "it is kept");
    scheduler.advance(40);
    assertFalse(store.isComplete());
    scheduler.advance(20);
    assertTrue(store.succeeded());
    scheduler.advance(1_000);
    assertFalse(node.dispatcher.reclaimState().emergency());
    assertEquals(0, node.dispatcher.reclaimState().waiting());
  }

  @Test
  void noWriterPaysLongerThanTheDeadline() {
    PageSpace space = open();
    disk.mood = TwinBackend.Mood.HANGING;
    int stored = fillTo(space, marks().emergency());
    node.dispatcher.limitChanged();
    Future<Void> store = space.store(stored, even(stored));
    scheduler.advance(Throttle.DEADLINE_MILLIS - 10);
    assertFalse(store.isComplete());
    scheduler.advance(20);
    assertTrue(store.succeeded());
    disk.mood = TwinBackend.Mood.WELL;
    List.copyOf(disk.hanging).forEach(Runnable::run);
  }

  @Test
  void whereNothingCanGoDownNobodyPays() {
    register(node.zram);
    PageSpace space = node.open("a", Protection.ANY);
    int stored = 0;
    while (used() <= marks().emergency()) {
      await(space.store(stored, even(stored)));
      stored++;
    }
    long before = scheduler.nanoTime();
    await(space.store(stored, even(stored)));
    assertTrue(scheduler.nanoTime() - before <= 2_000_000, "it waited");
    assertTrue(space.storeNow(stored + 1, even(stored + 1)));
  }

  @Test
  void writersThatPayWaitLittleAndEvenly() {
    PageSpace space = open();
    disk.delayMillis = () -> 40;
    int writers = 16;
    List<Future<Void>> stores = new ArrayList<>();
    List<Long> began = new ArrayList<>();
    long longest = 0;
    int next = 0;
    for (int i = 0; i < writers; i++) {
      stores.add(Future.succeededFuture());
      began.add(scheduler.nanoTime());
    }
    for (int step = 0; step < 2_000; step++) {
      for (int i = 0; i < writers; i++) {
        if (stores.get(i).isComplete()) {
          longest = Math.max(longest, scheduler.nanoTime() - began.get(i));
          assertTrue(stores.get(i).succeeded());
          began.set(i, scheduler.nanoTime());
          stores.set(i, space.store(next, even(next)));
          next++;
        }
      }
      scheduler.advance(1);
    }
    assertTrue(space.counters().directReclaim.sum() > 0, "nobody had to pay");
    assertTrue(longest <= 100_000_000, "a store took " + longest / 1_000_000 + " ms");
    assertTrue(next > 10_000, "only " + next + " stores");
  }

  @Test
  void theNewestNeverGoDownWhileColderStay() {
    PageSpace space = open();
    int stored = fillTo(space, marks().high() * 9 / 10);
    int newest = stored / 8;
    node.memory.setLimit(memoryLimit() * 6 / 10);
    node.dispatcher.limitChanged();
    scheduler.advance(2_000);
    assertTrue(pagesIn(space, "disk") > stored / 4, () -> node.dispatcher.backends().fullness());
    ByteBuffer into = ByteBuffer.allocate(4096);
    for (int i = stored - newest; i < stored; i++) {
      assertEquals(4096, space.loadNow(i, into, 0, 4096), "page " + i + " of " + stored);
    }
    node.memory.setLimit(memoryLimit());
  }
}
