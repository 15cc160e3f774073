package dev.tmem.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tmem.backend.Scheduler;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Several threads take, mark and give back; a span or block given to two would show. */
class PoolRaceTest {

  private static final int THREADS = 4;
  private static final int STEPS = 20_000;

  private final long seed = System.nanoTime();

  /** What a thread takes from, and how it writes to what it took. */
  private interface Source {
    int acquire(boolean kind);

    void release(int what, boolean kind);

    void mark(int what, boolean kind, long mark);

    boolean isMarked(int what, boolean kind, long mark);
  }

  private record Held(int what, boolean kind, long mark) {}

  private static Callable<Integer> worker(Source source, Random random, int most, int number) {
    return () -> {
      Deque<Held> held = new ArrayDeque<>();
      int refused = 0;
      for (int step = 0; step < STEPS; step++) {
        if (held.size() < most && random.nextBoolean()) {
          boolean kind = random.nextBoolean();
          int what = source.acquire(kind);
          if (what < 0) {
            refused++;
            continue;
          }
          Held mine = new Held(what, kind, (long) number << 32 | step);
          source.mark(what, kind, mine.mark);
          held.add(mine);
        } else if (!held.isEmpty()) {
          Held mine = random.nextBoolean() ? held.removeFirst() : held.removeLast();
          assertTrue(source.isMarked(mine.what, mine.kind, mine.mark), "another wrote to " + mine);
          source.release(mine.what, mine.kind);
        }
      }
      for (Held mine : held) {
        assertTrue(source.isMarked(mine.what, mine.kind, mine.mark), "another wrote to " + mine);
        source.release(mine.what, mine.kind);
      }
      return refused;
    };
  }

  private void race(Source source, int most) throws Exception {
    System.out.println("PoolRaceTest seed " + seed);
    List<Callable<Integer>> workers = new ArrayList<>();
    for (int number = 0; number < THREADS; number++) {
      workers.add(worker(source, new Random(seed + number), most, number));
    }
    try (ExecutorService executor = Executors.newFixedThreadPool(THREADS)) {
      for (Future<Integer> done : executor.invokeAll(workers)) {
        done.get();
      }
    }
  }

  @Test
  void spans() throws Exception {
    MemoryAccount account = new MemoryAccount(80L * RegionPool.SPAN_BYTES);
    try (RegionPool pool = new RegionPool(account)) {
      raceSpans(pool);
    }
  }

  /** Looks at what is kept without a pause. */
  @Test
  void spansThatAreKeptAndAge() throws Exception {
    MemoryAccount account = new MemoryAccount(400L * RegionPool.SPAN_BYTES);
    try (ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor();
        RegionPool pool =
            new RegionPool(account, null, quick(thread), RegionMemory.ofThisSystem())) {
      raceSpans(pool);
      pool.giveBackKept();
      pool.checkInvariants();
    }
  }

  @Test
  void spansAndRuns() throws Exception {
    MemoryAccount account = new MemoryAccount(160L * RegionPool.SPAN_BYTES);
    try (RegionPool pool = new RegionPool(account)) {
      raceSpansAndRuns(pool);
    }
  }

  /** Kept, aged and given back for others without a pause; threads together want half the limit. */
  @Test
  void spansAndRunsThatAreKeptAndAge() throws Exception {
    MemoryAccount account = new MemoryAccount(600L * RegionPool.SPAN_BYTES);
    try (ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor();
        RegionPool pool =
            new RegionPool(account, null, quick(thread), RegionMemory.ofThisSystem())) {
      raceSpansAndRuns(pool);
      pool.giveBackKept();
      pool.checkInvariants();
    }
  }

  private void raceSpansAndRuns(RegionPool pool) throws Exception {
    race(
        new Source() {
          @Override
          public int acquire(boolean isRun) {
            return isRun ? pool.acquireRun() : pool.acquireSpan(false);
          }

          @Override
          public void release(int span, boolean isRun) {
            if (isRun) {
              pool.releaseRun(span);
            } else {
              pool.releaseSpan(span, false);
            }
          }

          @Override
          public void mark(int span, boolean isRun, long mark) {
            pool.buffer(span).putLong(pool.position(span), mark);
            pool.buffer(span).putLong(pool.position(span) + bytes(isRun) - 8, mark);
          }

          @Override
          public boolean isMarked(int span, boolean isRun, long mark) {
            int at = pool.position(span);
            return pool.buffer(span).getLong(at) == mark
                && pool.buffer(span).getLong(at + bytes(isRun) - 8) == mark;
          }

          private static int bytes(boolean isRun) {
            return isRun ? RegionPool.RUN_BYTES : RegionPool.SPAN_BYTES;
          }
        },
        30);
    pool.checkInvariants();
    assertEquals(0, pool.account().used());
  }

  private static Scheduler quick(ScheduledExecutorService thread) {
    return new Scheduler() {
      @Override
      public long nanoTime() {
        return System.nanoTime();
      }

      @Override
      public void execute(Runnable task) {
        thread.execute(task);
      }

      @Override
      public Timer schedule(long delayMillis, Runnable task) {
        Future<?> waiting = thread.schedule(task, 10, TimeUnit.MICROSECONDS);
        return () -> waiting.cancel(false);
      }
    };
  }

  private void raceSpans(RegionPool pool) throws Exception {
    race(
        new Source() {
          @Override
          public int acquire(boolean kind) {
            return pool.acquireSpan(kind);
          }

          @Override
          public void release(int span, boolean kind) {
            pool.releaseSpan(span, kind);
          }

          @Override
          public void mark(int span, boolean kind, long mark) {
            pool.buffer(span).putLong(pool.position(span), mark);
            pool.buffer(span).putLong(pool.position(span) + RegionPool.SPAN_BYTES - 8, mark);
          }

          @Override
          public boolean isMarked(int span, boolean kind, long mark) {
            int at = pool.position(span);
            return pool.buffer(span).getLong(at) == mark
                && pool.buffer(span).getLong(at + RegionPool.SPAN_BYTES - 8) == mark;
          }
        },
        30);
    pool.checkInvariants();
    assertEquals(0, pool.account().used());
    assertEquals(0, pool.tableBytes());
  }

  @Test
  void blocks() throws Exception {
    MemoryAccount account = new MemoryAccount(24L * RegionPool.SPAN_BYTES);
    try (RegionPool regions = new RegionPool(account)) {
      BlockPool pool = new BlockPool(regions);
      race(
          new Source() {
            @Override
            public int acquire(boolean kind) {
              return pool.allocate(kind);
            }

            @Override
            public void release(int block, boolean kind) {
              pool.free(block, kind);
            }

            @Override
            public void mark(int block, boolean kind, long mark) {
              set(block, 0, mark);
              set(block, length(kind) - 8, mark);
            }

            @Override
            public boolean isMarked(int block, boolean kind, long mark) {
              return get(block, 0) == mark && get(block, length(kind) - 8) == mark;
            }

            private int length(boolean kind) {
              return kind ? BlockPool.LARGE_BYTES : BlockPool.SMALL_BYTES;
            }

            private void set(int block, int at, long value) {
              long address = BlockPool.address(block);
              pool.memory(address).set(SlotLayout.LONG, BlockPool.at(address) + at, value);
            }

            private long get(int block, int at) {
              long address = BlockPool.address(block);
              return pool.memory(address).get(SlotLayout.LONG, BlockPool.at(address) + at);
            }
          },
          150);
      assertEquals(0, pool.usedBytes());
      assertEquals(0, account.used());
    }
  }

  /** Each charge is released exactly once, by its holder or by close. */
  @Test
  void closingWhileOthersTakeAndGive() throws Exception {
    try (ExecutorService executor = Executors.newFixedThreadPool(2)) {
      for (int turn = 0; turn < 100; turn++) {
        MemoryAccount account = new MemoryAccount(80L * RegionPool.SPAN_BYTES);
        RegionPool pool = new RegionPool(account);
        CountDownLatch busy = new CountDownLatch(2);
        Callable<String> user =
            () -> {
              Deque<Integer> held = new ArrayDeque<>();
              while (true) {
                try {
                  for (int i = 0; i < 8; i++) {
                    held.add(pool.acquireSpan(true));
                  }
                  while (held.size() > 3) {
                    pool.releaseSpan(held.removeFirst(), true);
                  }
                } catch (IllegalStateException closed) {
                  return String.valueOf(closed.getMessage());
                } finally {
                  busy.countDown();
                }
              }
            };
        Future<String> one = executor.submit(user);
        Future<String> two = executor.submit(user);
        busy.await();
        pool.close();
        assertEquals("closed", one.get());
        assertEquals("closed", two.get());
        assertEquals(0, account.used());
        assertEquals(0, pool.tableBytes());
      }
    }
  }
}
