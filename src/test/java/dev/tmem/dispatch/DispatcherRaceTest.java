package dev.tmem.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tmem.Protection;
import dev.tmem.Until;
import dev.tmem.backend.LossDomain;
import io.vertx.core.Future;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Threads store, load, take and invalidate the same few pages while the reclaimer demotes, backends
 * move copies away, and promotions bring them back: each page's version may only grow.
 */
class DispatcherRaceTest {

  private static final int PAGES = 128;
  private static final int THREADS = 4;
  private static final int OPERATIONS = 20_000;

  /**
   * Versions: the last store begun and the last one completed, by page; every page has a writer.
   */
  private final AtomicLongArray begun = new AtomicLongArray(PAGES);

  private final AtomicLongArray completed = new AtomicLongArray(PAGES);
  private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

  @Test
  void versionsOnlyGrow() throws Exception {
    long seed = System.nanoTime();
    System.out.println("DispatcherRaceTest seed " + seed);
    try (ThreadScheduler scheduler = new ThreadScheduler(3);
        TestNode node = new TestNode(scheduler, 512 << 10)) {
      TwinBackend peer = new TwinBackend("peer", 200, LossDomain.PEER, scheduler);
      TwinBackend disk = new TwinBackend("disk", 300, LossDomain.NODE, scheduler);
      Until.done(node.dispatcher.register(node.zram));
      Until.done(node.dispatcher.register(peer));
      Until.done(node.dispatcher.register(disk));
      Future<PageSpace> opened =
          node.dispatcher.open(new SpaceConfig("a", 4096, true, Protection.ANY));
      Until.done(opened);
      PageSpace space = opened.result();
      run(node, space, seed);
      if (failure.get() != null) {
        throw new AssertionError("seed " + seed, failure.get());
      }
      Until.done(node.dispatcher.close(space));
      awaitEmpty(peer);
      awaitEmpty(disk);
      assertEquals(0, node.zram.usage().usedBytes());
      assertEquals(0, peer.doubleFrees.get() + disk.doubleFrees.get());
    }
  }

  private void run(TestNode node, PageSpace space, long seed) throws InterruptedException {
    CountDownLatch running = new CountDownLatch(THREADS);
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < THREADS; i++) {
      int id = i;
      threads.add(
          Thread.ofPlatform()
              .start(() -> runThread(space, id, new SplittableRandom(seed + id), running)));
    }
    while (running.getCount() > 0) {
      Until.done(node.dispatcher.shrink("zram", 16));
      Until.done(node.dispatcher.shrink("peer", 8));
      node.dispatcher.compaction().run(node.dispatcher.backends().get(0));
      running.await(1, TimeUnit.MILLISECONDS);
    }
    for (Thread thread : threads) {
      thread.join();
    }
  }

  private void runThread(PageSpace space, int id, SplittableRandom random, CountDownLatch running) {
    try {
      for (int i = 0; i < OPERATIONS && failure.get() == null; i++) {
        // Each page has one writer, so that its versions are in order.
        if (random.nextInt(64) == 0) {
          writeMany(space, id, random);
        } else if (random.nextInt(3) == 0) {
          write(space, id + THREADS * random.nextInt(PAGES / THREADS), random);
        } else {
          read(space, random.nextInt(PAGES), random);
        }
      }
    } catch (Throwable e) {
      failure.compareAndSet(null, e);
    } finally {
      running.countDown();
    }
  }

  private void write(PageSpace space, int offset, SplittableRandom random) {
    byte[] page = nextPage(offset);
    if (random.nextBoolean() || !space.storeNow(offset, ByteBuffer.wrap(page))) {
      Until.done(space.store(offset, ByteBuffer.wrap(page)));
    }
    completed.set(offset, begun.get(offset));
  }

  /** All pages of a thread in one batch, and some of them twice. */
  private void writeMany(PageSpace space, int id, SplittableRandom random) {
    int[] own = new int[PAGES / THREADS * 3 / 2];
    for (int i = 0; i < own.length; i++) {
      int nth = i < PAGES / THREADS ? i : random.nextInt(PAGES / THREADS);
      own[i] = id + THREADS * nth;
    }
    List<ByteBuffer> pages = new ArrayList<>();
    for (int offset : own) {
      pages.add(ByteBuffer.wrap(nextPage(offset)));
    }
    long[] offsets = Arrays.stream(own).asLongStream().toArray();
    space.storeAll(offsets, pages).forEach(Until::done);
    for (int offset : own) {
      completed.set(offset, begun.get(offset));
    }
  }

  private byte[] nextPage(int offset) {
    long version = begun.get(offset) + 1;
    begun.set(offset, version);
    byte[] page = Pages.of(1, offset, version | 1L << 40, 4096);
    System.arraycopy(header(version), 0, page, 0, header(version).length);
    return page;
  }

  private static byte[] header(long version) {
    return String.format("%020d", version).getBytes(StandardCharsets.US_ASCII);
  }

  private void read(PageSpace space, int offset, SplittableRandom random) {
    long least = completed.get(offset);
    if (random.nextInt(16) == 0) {
      Take take = Until.done(space.take(offset));
      if (take != null) {
        check(offset, least, take.loaded());
        take.putBack();
      }
      return;
    }
    Loaded loaded = Until.done(space.load(offset));
    // Absent is right before the first store, and while somebody has the page taken.
    if (loaded != null) {
      check(offset, least, loaded);
    }
  }

  private void check(int offset, long least, Loaded loaded) {
    String text = new String(loaded.bytes(), 0, 20, StandardCharsets.US_ASCII);
    long version = Long.parseLong(text);
    assertTrue(
        version >= least && version <= begun.get(offset),
        "page " + offset + ": version " + version + ", at least " + least + " is due");
    byte[] expected = Pages.of(1, offset, version | 1L << 40, 4096);
    System.arraycopy(header(version), 0, expected, 0, 20);
    assertTrue(Arrays.equals(expected, loaded.bytes()), "page " + offset + " is mixed up");
  }

  private static void awaitEmpty(TwinBackend backend) {
    Until.until(() -> backend.size() == 0, backend.name() + " is empty");
  }
}
