package dev.tmem.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tmem.Protection;
import dev.tmem.Until;
import dev.tmem.backend.LossDomain;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Backends are deregistered, one after the other, while pages are stored, overwritten, loaded and
 * invalidated: no page is lost, none is stale, and nothing is left in a backend that has gone.
 */
class C7DeregistrationRaceTest {

  private static final int PAGES = 256;
  private static final int THREADS = 3;
  private static final int ROUNDS = 100;

  /** Of the changes of a page, which are numbered from 1, each of these is an invalidate. */
  private static final int INVALIDATE_EVERY = 7;

  /** Numbers of changes: the last one begun and the last one completed. Each page has a writer. */
  private final AtomicLongArray begun = new AtomicLongArray(PAGES);

  private final AtomicLongArray completed = new AtomicLongArray(PAGES);
  private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
  private final CountDownLatch over = new CountDownLatch(1);

  @Test
  void noPageIsLostAndNoneIsStale() throws Exception {
    long seed = System.nanoTime();
    System.out.println("C7DeregistrationRaceTest seed " + seed);
    SplittableRandom random = new SplittableRandom(seed);
    try (ThreadScheduler scheduler = new ThreadScheduler(3);
        TestNode node = new TestNode(scheduler, 512 << 10)) {
      TwinBackend disk = twin(0, scheduler);
      Until.done(node.dispatcher.register(node.zram));
      Until.done(node.dispatcher.register(disk));
      PageSpace space =
          Until.done(node.dispatcher.open(new SpaceConfig("a", 4096, true, Protection.ANY)));
      List<Thread> threads = start(space, seed);
      for (int round = 1; round <= ROUNDS && failure.get() == null; round++) {
        Until.done(node.dispatcher.shrink("zram", random.nextInt(32)));
        TwinBackend next = twin(round, scheduler);
        Until.done(node.dispatcher.register(next));
        Until.done(node.dispatcher.deregister(disk.name()));
        assertEquals(0, disk.getsAfterClose.get(), "asked for a page after it was closed");
        assertEquals(0, disk.doubleFrees.get());
        disk = next;
      }
      over.countDown();
      for (Thread thread : threads) {
        thread.join();
      }
      assertEquals(null, failure.get(), "seed " + seed);
      assertEquals(0, space.counters().pagesLost.sum());
      for (int i = 0; i < PAGES; i++) {
        read(space, i);
      }
      assertEquals(List.of(), Until.done(node.dispatcher.check()));
      assertEquals(2, node.dispatcher.backendInfos().size());
      Until.done(node.dispatcher.close(space));
    }
  }

  private static TwinBackend twin(int round, ThreadScheduler scheduler) {
    return new TwinBackend("disk" + round, 300, LossDomain.NODE, scheduler);
  }

  private List<Thread> start(PageSpace space, long seed) {
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < THREADS; i++) {
      int id = i;
      threads.add(
          Thread.ofPlatform().start(() -> run(space, id, new SplittableRandom(seed + 1 + id))));
    }
    return threads;
  }

  private void run(PageSpace space, int id, SplittableRandom random) {
    try {
      while (over.getCount() > 0 && failure.get() == null) {
        if (random.nextInt(3) == 0) {
          change(space, id + THREADS * random.nextInt(PAGES / THREADS));
        } else {
          read(space, random.nextInt(PAGES));
        }
      }
    } catch (Throwable e) {
      failure.compareAndSet(null, e);
    }
  }

  private void change(PageSpace space, int offset) throws Exception {
    long number = begun.get(offset) + 1;
    begun.set(offset, number);
    if (number % INVALIDATE_EVERY == 0) {
      Until.done(space.invalidate(offset));
    } else {
      Until.done(space.store(offset, ByteBuffer.wrap(page(offset, number))));
    }
    completed.set(offset, number);
  }

  private static byte[] page(int offset, long number) {
    byte[] page = Pages.of(1, offset, number, 4096);
    ByteBuffer.wrap(page).putLong(0, number);
    return page;
  }

  private void read(PageSpace space, int offset) throws Exception {
    long least = completed.get(offset);
    Loaded loaded = Until.done(space.load(offset));
    long most = begun.get(offset);
    if (loaded == null) {
      assertTrue(
          most - most % INVALIDATE_EVERY >= least,
          "page " + offset + " is absent, with changes " + least + " to " + most);
      return;
    }
    byte[] bytes = Arrays.copyOf(loaded.bytes(), loaded.length());
    long number = ByteBuffer.wrap(bytes).getLong(0);
    assertTrue(
        number >= least && number <= most,
        "page " + offset + ": change " + number + " of " + least + " to " + most);
    assertTrue(Arrays.equals(page(offset, number), bytes), "page " + offset + " is mixed up");
  }
}
