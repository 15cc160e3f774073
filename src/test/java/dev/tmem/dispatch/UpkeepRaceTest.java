package dev.tmem.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tmem.Protection;
import dev.tmem.Until;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Each kind of upkeep against each kind of access, let go at the same moment and kept up until the
 * accesses are over, round after round: whoever comes first, loads see the content of their time, a
 * store or an invalidate is never undone, and nothing leaks.
 */
class UpkeepRaceTest {

  /** What goes on beside the accesses. */
  enum Work {
    RECOMPRESS,
    COMPACT,
    MARK_IDLE,
    AGE,
    ALL
  }

  private static final int ROUNDS = 150;
  private static final int PAGES = 48;

  private final ThreadScheduler scheduler = new ThreadScheduler(2);
  private final TestNode node = new TestNode(scheduler, 8L << 20);
  private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
  private final IdleTracker tracker = new IdleTracker(node.dispatcher);

  /** The last round whose accesses are over. */
  private volatile int ended = -1;

  /** What each page that is present holds. Confined to the thread of the accesses. */
  private final Map<Integer, byte[]> contents = new HashMap<>();

  @ParameterizedTest
  @EnumSource(Work.class)
  void accessesAreNeverUndone(Work work) throws Exception {
    try (scheduler;
        node) {
      Until.done(node.dispatcher.register(node.zram));
      PageSpace space =
          Until.done(node.dispatcher.open(new SpaceConfig("a", 4096, true, Protection.ANY)));
      CyclicBarrier barrier = new CyclicBarrier(2);
      Thread worker =
          Thread.ofPlatform()
              .start(() ->
                  rounds(
                      barrier,
                      round -> {
                        do {
                          work(work);
                        } while (ended < round && failure.get() == null);
                      }));
      rounds(
          barrier,
          round -> {
            access(space, round);
            ended = round;
          });
      worker.join();
      Throwable failed = failure.get();
      assertEquals(null, failed, () -> work + ": " + failed);
      assertEquals(List.of(), new Audit(node.dispatcher).check());
      Until.done(node.dispatcher.close(space));
      assertEquals(0, node.zram.usage().usedBytes());
      assertEquals(0, node.zram.usage().heldBytes());
    }
  }

  /** One side of a round. */
  private interface Side {
    void run(int round);
  }

  private void rounds(CyclicBarrier barrier, Side side) {
    try {
      for (int round = 0; round < ROUNDS && failure.get() == null; round++) {
        barrier.await(Until.SECONDS, TimeUnit.SECONDS);
        side.run(round);
      }
    } catch (BrokenBarrierException otherFailed) {
      assertNotNull(failure.get(), "a side that fails says why");
    } catch (Throwable e) {
      failure.compareAndSet(null, e);
      barrier.reset();
    }
  }

  private void work(Work work) {
    switch (work) {
      case RECOMPRESS -> recompress();
      case COMPACT -> compact();
      case MARK_IDLE -> tracker.mark(node.dispatcher.spaces(), 0);
      case AGE -> age();
      case ALL -> {
        tracker.mark(node.dispatcher.spaces(), 0);
        recompress();
        compact();
        age();
      }
    }
  }

  private void recompress() {
    Recompressor recompressor =
        new Recompressor(node.dispatcher, node.dispatcher.spaces(), word -> true);
    boolean more = true;
    while (more) {
      more = recompressor.step();
    }
  }

  private void compact() {
    node.dispatcher.compaction().run(node.dispatcher.backends().get(0));
  }

  private void age() {
    tracker.beginRound();
    boolean more = true;
    while (more) {
      more = tracker.stepRound();
    }
  }

  /** Touches every page in one way or another, from the last to the first of the walk and back. */
  private void access(PageSpace space, int round) {
    for (int i = 0; i < PAGES; i++) {
      int offset = round % 2 == 0 ? i : PAGES - 1 - i;
      switch ((offset * 7 + round) % 5) {
        case 0, 1 -> {
          byte[] page = page(offset, round);
          assertTrue(space.storeNow(offset, ByteBuffer.wrap(page)));
          contents.put(offset, page);
        }
        case 2 -> {
          Until.done(space.invalidate(offset));
          contents.remove(offset);
        }
        default -> load(space, offset, round);
      }
      load(space, (offset + 11) % PAGES, round);
    }
    for (int offset = 0; offset < PAGES; offset++) {
      load(space, offset, round);
    }
  }

  private static byte[] page(int offset, int round) {
    long seed = offset * 1_000_003L + round;
    int length = seed % 4 == 0 ? 3_000 : 4096;
    return seed % 3 == 0 ? HardPages.noise(seed, length) : HardPages.text(seed, length);
  }

  private void load(PageSpace space, int offset, int round) {
    ByteBuffer into = ByteBuffer.allocate(4096);
    int length = space.loadNow(offset, into, 0, 4096);
    byte[] expected = contents.get(offset);
    String where = "round " + round + " page " + offset;
    if (expected == null) {
      assertEquals(PageSpace.ABSENT, length, where);
      return;
    }
    assertEquals(expected.length, length, where);
    assertTrue(Arrays.equals(expected, Arrays.copyOf(into.array(), length)), where);
  }
}
