package dev.tmem.zram;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tmem.backend.Backend;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Threads with handles of their own, in spans that they share. */
class ZramBackendRaceTest {
  private static final int THREADS = 4;
  private static final int STEPS = 25_000;

  private record Held(long handle, int tag) {}

  @Test
  void threadsNeverSeeEachOthersBytes() throws Exception {
    race(256L << 20);
  }

  /** The same where spans are always wanting, and misfits and victims are used. */
  @Test
  void threadsNeverSeeEachOthersBytesAtTheLimit() throws Exception {
    race(ZramFixture.limitForSpans(24));
  }

  private static void race(long limit) throws Exception {
    try (ZramFixture fixture = new ZramFixture(limit);
        ExecutorService threads = Executors.newCachedThreadPool()) {
      AtomicBoolean stop = new AtomicBoolean();
      Future<?> planner =
          threads.submit(() -> {
            while (!stop.get()) {
              fixture.zram.planCompaction();
              fixture.zram.checkInvariants();
            }
          });
      List<Future<List<Held>>> workers = new ArrayList<>();
      for (int i = 0; i < THREADS; i++) {
        int seed = i;
        workers.add(threads.submit(() -> work(fixture, new Random(seed), seed << 24)));
      }
      List<Held> held = new ArrayList<>();
      for (Future<List<Held>> worker : workers) {
        held.addAll(worker.get());
      }
      stop.set(true);
      planner.get();
      long payload = 0;
      for (Held one : held) {
        check(fixture, one);
        payload += fixture.zram.length(one.handle);
      }
      fixture.audit(held.size(), payload);
      for (Held one : held) {
        fixture.zram.free(one.handle);
      }
      fixture.audit(0, 0);
    }
  }

  private static List<Held> work(ZramFixture fixture, Random random, int firstTag) {
    List<Held> held = new ArrayList<>();
    int tag = firstTag;
    for (int step = 0; step < STEPS; step++) {
      int dice = random.nextInt(12);
      if (held.isEmpty() || (dice < 4 && held.size() < 400)) {
        // Few sizes, so that threads meet in the same classes and spans come and go.
        int length = 1 + (random.nextInt(5) * 1021) + random.nextInt(8);
        long handle = fixture.put(++tag, length);
        if (handle != Backend.REFUSED) {
          held.add(new Held(handle, tag));
        }
        continue;
      }
      int at = random.nextInt(held.size());
      Held one = held.get(at);
      check(fixture, one);
      if (dice >= 10) {
        int length = fixture.zram.length(one.handle);
        long handle = fixture.rewrite(one.handle, ++tag, Math.max(1, length - random.nextInt(2)));
        Held now = handle == Backend.REFUSED ? one : new Held(handle, tag);
        check(fixture, now);
        held.set(at, now);
      } else if (dice < 8) {
        fixture.zram.free(one.handle);
        held.set(at, held.getLast());
        held.removeLast();
      } else {
        Held moved = new Held(fixture.zram.relocate(one.handle), one.tag);
        check(fixture, moved);
        held.set(at, moved);
      }
    }
    return held;
  }

  private static void check(ZramFixture fixture, Held one) {
    byte[] bytes = fixture.read(one.handle);
    assertArrayEquals(ZramFixture.content(one.tag, bytes.length), bytes);
  }

  /** Many threads free the same handle: exactly one succeeds. */
  @Test
  void oneOfManyFreesSucceeds() throws Exception {
    try (ZramFixture fixture = new ZramFixture(64L << 20);
        ExecutorService threads = Executors.newFixedThreadPool(THREADS)) {
      for (int round = 0; round < 500; round++) {
        long handle = fixture.put(round, 2000);
        AtomicInteger freed = new AtomicInteger();
        List<Future<?>> all = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
          all.add(
              threads.submit(() -> {
                try {
                  fixture.zram.free(handle);
                  freed.incrementAndGet();
                } catch (IllegalArgumentException second) {
                  assertTrue(second.toString().contains("no object"));
                }
              }));
        }
        for (Future<?> one : all) {
          one.get();
        }
        assertEquals(1, freed.get());
        fixture.audit(0, 0);
      }
    }
  }
}
