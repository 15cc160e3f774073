package dev.tmem.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tmem.Protection;
import dev.tmem.TmemFullException;
import io.vertx.core.Future;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/**
 * C10: with every tier full a store fails within a second; nothing hangs, and loads and invalidates
 * go on.
 */
class C10EverythingFullTest extends DispatchFixture {

  private static final long SECOND = 1_000_000_000;

  /** Stores until the first refusal, each within a second; the number of pages kept. */
  private int fill(PageSpace space) {
    int stored = 0;
    while (true) {
      long began = scheduler.nanoTime();
      Future<Void> store = space.store(stored, page(stored, 1));
      scheduler.until(store::isComplete);
      assertTrue(scheduler.nanoTime() - began < SECOND, "store " + stored + " took too long");
      if (store.failed()) {
        assertInstanceOf(TmemFullException.class, store.cause());
        return stored;
      }
      stored++;
    }
  }

  private static ByteBuffer noise(int seed) {
    byte[] page = new byte[4096];
    new SplittableRandom(seed).nextBytes(page);
    return ByteBuffer.wrap(page);
  }

  private PageSpace open() {
    register(node.zram, peer, disk);
    peer.capacity = 50;
    disk.capacity = 100;
    return node.open("a", Protection.NONE);
  }

  @Test
  void everyStoreFailsWithinASecondAndWhatIsKeptStays() {
    PageSpace space = open();
    int kept = fill(space);
    assertEquals(50, peer.size());
    assertEquals(100, disk.size());
    long began = scheduler.nanoTime();
    List<Future<Void>> refused = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      refused.add(space.store(kept + i, noise(i)));
    }
    scheduler.until(() -> refused.stream().allMatch(Future::isComplete));
    assertTrue(scheduler.nanoTime() - began < SECOND);
    for (Future<Void> store : refused) {
      assertInstanceOf(TmemFullException.class, store.cause());
    }
    for (int i = 0; i < kept; i++) {
      assertPage(space, i, 1);
    }
  }

  @Test
  void loadsAndInvalidatesGoOnWhileStoresWait() {
    PageSpace space = open();
    int kept = fill(space);
    disk.delayMillis = () -> 100;
    Future<Void> waits = space.store(kept, noise(kept));
    ByteBuffer into = ByteBuffer.allocate(4096);
    int inRam = 0;
    for (int i = 0; i < kept; i++) {
      inRam += space.loadNow(i, into, 0, 4096) > 0 ? 1 : 0;
    }
    assertTrue(inRam >= kept - 150, inRam + " of " + kept);
    assertTrue(space.invalidate(0).succeeded());
    scheduler.until(waits::isComplete);
    assertAbsent(space, 0);
  }

  @Test
  void anOverwriteThatFindsNoRoomLeavesThePageAbsent() {
    PageSpace space = open();
    int kept = fill(space);
    // small pages make room for nothing large
    Future<Void> store = space.store(0, noise(1));
    scheduler.until(store::isComplete);
    if (store.failed()) {
      assertAbsent(space, 0);
    }
    assertPage(space, kept - 1, 1);
  }

  @Test
  void roomThatComesUpIsUsedAtOnce() {
    PageSpace space = open();
    int kept = fill(space);
    disk.capacity = Long.MAX_VALUE;
    scheduler.advance(200);
    for (int i = 0; i < 500; i++) {
      store(space, kept + i, 1);
    }
    for (int i = 0; i < kept + 500; i++) {
      assertPage(space, i, 1);
    }
  }
}
