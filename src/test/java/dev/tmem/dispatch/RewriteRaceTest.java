package dev.tmem.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tmem.Protection;
import dev.tmem.Until;
import dev.tmem.backend.LossDomain;
import io.vertx.core.Future;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Pages that are stored anew at the same size, so that each zpage is written over the one before,
 * while others load them and the pool is compacted, recompressed and emptied into a slow backend: a
 * load sees one version or another, whole.
 */
class RewriteRaceTest {

  private static final int PAGES = 16;
  private static final int WRITERS = 2;
  private static final int READERS = 2;
  private static final int STORES = 15_000;
  private static final int PAGE_BYTES = 4096;

  /** Longs of a page that differ from each other, so that a version takes as much as any other. */
  private static final int NOISE = 150;

  private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
  private final AtomicInteger writing = new AtomicInteger(WRITERS);

  /** A page all of whose words say which version it is. */
  private static void write(ByteBuffer page, long version) {
    for (int i = 0; i < PAGE_BYTES / Long.BYTES; i++) {
      page.putLong(i * Long.BYTES, word(version, i));
    }
  }

  private static long word(long version, int at) {
    return at < NOISE ? (version + at) * 0x9E3779B97F4A7C15L : version;
  }

  private static void check(ByteBuffer page) {
    long version = page.getLong(PAGE_BYTES - Long.BYTES);
    for (int i = 0; i < PAGE_BYTES / Long.BYTES; i++) {
      assertEquals(word(version, i), page.getLong(i * Long.BYTES), "word " + i);
    }
  }

  private void store(PageSpace space, SplittableRandom random, int id) {
    ByteBuffer page = ByteBuffer.allocateDirect(PAGE_BYTES);
    for (int i = 0; i < STORES && failure.get() == null; i++) {
      write(page, (long) id << 32 | i);
      int offset = random.nextInt(PAGES);
      if (!space.storeNow(offset, page)) {
        Until.done(space.store(offset, page));
      }
    }
  }

  private void load(PageSpace space, SplittableRandom random) {
    ByteBuffer page = ByteBuffer.allocateDirect(PAGE_BYTES);
    while (writing.get() > 0 && failure.get() == null) {
      int offset = random.nextInt(PAGES);
      if (space.loadNow(offset, page, 0, PAGE_BYTES) == PAGE_BYTES) {
        check(page);
      }
    }
  }

  private Thread start(Runnable work, boolean writes) {
    return Thread.ofPlatform()
        .start(() -> {
          try {
            work.run();
          } catch (Throwable e) {
            failure.compareAndSet(null, e);
          } finally {
            writing.addAndGet(writes ? -1 : 0);
          }
        });
  }

  @Test
  void aLoadSeesOneVersionWhole() throws Exception {
    long seed = System.nanoTime();
    System.out.println("RewriteRaceTest seed " + seed);
    try (ThreadScheduler scheduler = new ThreadScheduler(2);
        TestNode node = new TestNode(scheduler, 4 << 20)) {
      TwinBackend disk = new TwinBackend("disk", 300, LossDomain.NODE, scheduler);
      Until.done(node.dispatcher.register(node.zram));
      Until.done(node.dispatcher.register(disk));
      Future<PageSpace> opened =
          node.dispatcher.open(new SpaceConfig("a", PAGE_BYTES, true, Protection.ANY));
      Until.done(opened);
      PageSpace space = opened.result();
      List<Thread> threads = new ArrayList<>();
      for (int i = 0; i < WRITERS; i++) {
        int id = i + 1;
        threads.add(start(() -> store(space, new SplittableRandom(seed + id), id), true));
      }
      for (int i = 0; i < READERS; i++) {
        int id = i;
        threads.add(start(() -> load(space, new SplittableRandom(~seed + id)), false));
      }
      RegisteredBackend ram = node.dispatcher.backends().get(0);
      while (writing.get() > 0) {
        node.dispatcher.compaction().run(ram);
        Until.done(node.dispatcher.shrink("zram", PAGES / 2));
      }
      for (Thread thread : threads) {
        thread.join();
      }
      if (failure.get() != null) {
        throw new AssertionError("seed " + seed, failure.get());
      }
      assertEquals(WRITERS * STORES, space.counters().stores());
      assertTrue(space.counters().pages() <= PAGES);
      Until.done(node.dispatcher.close(space));
      assertEquals(0, node.zram.usage().usedBytes());
    }
  }
}
