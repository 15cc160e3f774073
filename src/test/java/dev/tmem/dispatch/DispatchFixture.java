package dev.tmem.dispatch;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tmem.backend.Backend;
import dev.tmem.backend.LossDomain;
import io.vertx.core.Future;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;

/** A dispatcher with the real zram, and twins of a peer and a disk, in hand-turned time. */
abstract class DispatchFixture {

  final ManualScheduler scheduler = new ManualScheduler();
  final TestNode node = new TestNode(scheduler, memoryLimit());
  final TwinBackend peer = new TwinBackend("peer", 200, LossDomain.PEER, scheduler);
  final TwinBackend disk = new TwinBackend("disk", 300, LossDomain.NODE, scheduler);

  long memoryLimit() {
    return 4L << 20;
  }

  @AfterEach
  void addsUpAndCloses() {
    scheduler.advance(120_000);
    assertEquals(List.of(), new Audit(node.dispatcher).check());
    assertEquals(0, peer.doubleFrees.get() + disk.doubleFrees.get(), "double frees");
    int largest = Math.max(peer.largestBatch.get(), disk.largestBatch.get());
    assertTrue(largest <= RegisteredBackend.MAX_BATCH, "a batch of " + largest + " pages");
    node.close();
  }

  void register(Backend... backends) {
    for (Backend backend : backends) {
      assertNull(await(node.dispatcher.register(backend)));
    }
  }

  <T extends @Nullable Object> T await(Future<? extends T> future) {
    scheduler.until(future::isComplete);
    if (future.cause() instanceof RuntimeException error) {
      throw error;
    }
    return future.result();
  }

  void store(PageSpace space, long offset, int version) {
    await(space.store(offset, page(offset, version)));
  }

  static ByteBuffer page(long offset, int version) {
    return ByteBuffer.wrap(Pages.of(1, offset, version, 4096));
  }

  void assertPage(PageSpace space, long offset, int version) {
    Loaded loaded = await(space.load(offset));
    assertNotNull(loaded, "page " + offset);
    assertArrayEquals(
        Pages.of(1, offset, version, 4096), Arrays.copyOf(loaded.bytes(), loaded.length()));
  }

  /** The page as it is loaded; it has to be there. */
  byte[] load(PageSpace space, long offset) {
    Loaded loaded = await(space.load(offset));
    assertNotNull(loaded, "page " + offset);
    return loaded.bytes();
  }

  Take take(PageSpace space, long offset) {
    Take take = await(space.take(offset));
    assertNotNull(take, "page " + offset);
    return take;
  }

  void assertAbsent(PageSpace space, long offset) {
    assertNull(await(space.load(offset)), "page " + offset);
  }

  /** Sends every page that lies in RAM to the lower tiers. */
  void demoteAll() {
    assertTrue(await(node.dispatcher.shrink("zram", 0)) >= 0);
  }

  long pagesIn(PageSpace space, String backend) {
    return node.dispatcher.pagesByBackend(space).getOrDefault(backend, -1L);
  }

  long extrasIn(PageSpace space, String backend) {
    return node.dispatcher.extraCopiesByBackend(space).getOrDefault(backend, -1L);
  }
}
