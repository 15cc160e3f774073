package dev.tmem.swapfile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tmem.backend.Backend;
import dev.tmem.backend.BackendHost;
import dev.tmem.backend.Fetched;
import dev.tmem.backend.PageKey;
import dev.tmem.backend.PageRef;
import dev.tmem.backend.Zpage;
import io.vertx.core.Future;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongPredicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The windows between the cleaner's three steps and what a dispatcher does meanwhile. */
class CleanerRaceTest {

  private static final int SEGMENTS = 20;

  @TempDir Path folder;

  private final long seed = Long.getLong("tmem.seed", System.nanoTime());
  private final Random random = new Random(seed);
  private final HostTwin twin = new HostTwin();
  private long epochs;

  /** Puts something of its own into the moment at which the cleaner asks. */
  private interface Window {
    boolean rehandle(PageKey key, long epoch, long oldHandle, long newHandle);
  }

  private record Host(Window window) implements BackendHost {
    @Override
    public boolean rehandle(PageKey key, long epoch, long oldHandle, long newHandle) {
      return window.rehandle(key, epoch, oldHandle, newHandle);
    }

    @Override
    public boolean names(PageRef copy) {
      throw new AssertionError();
    }

    @Override
    public Future<Long> copiesGone(LongPredicate handles, String reason) {
      throw new AssertionError();
    }

    @Override
    public Future<Long> copiesDoubtful(LongPredicate handles, String reason) {
      throw new AssertionError();
    }

    @Override
    public Future<Long> evacuate(LongPredicate handles) {
      throw new AssertionError();
    }
  }

  private Rig rig() {
    System.out.println("CleanerRaceTest seed " + seed);
    return new Rig(folder.resolve("swap"), SEGMENTS);
  }

  private Zpage page() {
    PageKey key = new PageKey(1, random.nextInt(1500));
    return Rig.page(random, key, ++epochs, 500 + random.nextInt(3000));
  }

  private void giveUp(Rig rig, PageKey key) {
    HostTwin.Slot slot = twin.remove(key);
    if (slot != null) {
      rig.backend.free(List.of(slot.ref()));
    }
  }

  private void overwrite(Rig rig) {
    Zpage page = page();
    giveUp(rig, page.key());
    while (twin.recordBytes() > rig.geometry.liveLimit() * 8 / 10) {
      giveUp(rig, new PageKey(1, random.nextInt(1500)));
    }
    long handle = rig.put(page);
    if (handle != Backend.REFUSED) {
      twin.install(page, handle);
    }
  }

  private void churn(Rig rig, int moved) {
    for (int i = 0; i < 50_000 && rig.counter("cleaner_moved") < moved; i++) {
      overwrite(rig);
    }
    assertTrue(rig.counter("cleaner_moved") >= moved, "the cleaner had work");
  }

  private void audit(Rig rig) {
    // A flush is served by the writer, so whatever the cleaner was at is over when it is done.
    Rig.await(rig.backend.flush());
    rig.backend.checkInvariants();
    assertEquals(twin.size(), rig.counter("bd_count"));
    assertEquals(twin.recordBytes(), rig.counter("live_bytes"));
    assertEquals(0, rig.counter("bad_frees"));
    for (HostTwin.Slot slot : twin.slots()) {
      Rig.assertFound(slot.page(), rig.get(slot.ref()));
    }
  }

  @Test
  void aPageFreedBetweenItsCopyAndTheQuestionIsCountedOnce() {
    AtomicInteger times = new AtomicInteger();
    try (Rig rig = rig()) {
      rig.backend.attach(
          new Host((key, epoch, oldHandle, newHandle) -> {
            if (times.incrementAndGet() % 3 == 0) {
              giveUp(rig, key);
            }
            return twin.rehandle(key, epoch, oldHandle, newHandle);
          }));
      churn(rig, 1000);
      assertTrue(rig.counter("cleaner_dropped") > 100);
      audit(rig);
    }
  }

  @Test
  void aPageFreedByItsNewHandleBeforeTheAnswerIsCountedOnce() {
    AtomicInteger times = new AtomicInteger();
    try (Rig rig = rig()) {
      rig.backend.attach(
          new Host((key, epoch, oldHandle, newHandle) -> {
            boolean taken = twin.rehandle(key, epoch, oldHandle, newHandle);
            if (times.incrementAndGet() % 3 == 0) {
              giveUp(rig, key);
            }
            return taken;
          }));
      churn(rig, 1000);
      audit(rig);
    }
  }

  /** The dispatcher learns a handle after the put is answered; until then it says no. */
  @Test
  void aPageThatIsNotInstalledYetIsNeitherLostNorMoved() {
    try (Rig rig = rig()) {
      rig.backend.attach(twin);
      List<HostTwin.Slot> late = new ArrayList<>();
      for (int i = 0; i < 40; i++) {
        Zpage page = Rig.page(random, new PageKey(2, i), ++epochs, 2000);
        long handle = rig.put(page);
        assertTrue(handle >= 0);
        late.add(new HostTwin.Slot(page, handle));
        for (int j = 0; j < 20; j++) {
          overwrite(rig);
        }
      }
      for (int i = 0; i < 5_000; i++) {
        overwrite(rig);
        rig.scheduler.skip(1_000_000);
      }
      assertTrue(rig.counter("cleaner_stuck") > 0, "the cleaner met one of them");
      for (HostTwin.Slot slot : late) {
        Rig.assertFound(slot.page(), rig.get(slot.ref()));
        twin.install(slot.page(), slot.handle());
      }
      // Once they are installed they can be moved like any other.
      rig.scheduler.skip(60_000_000_000L);
      long moved = rig.counter("cleaner_moved");
      churn(rig, (int) moved + 500);
      audit(rig);
    }
  }

  @Test
  void aHostThatFailsLosesNothing() {
    AtomicInteger times = new AtomicInteger();
    try (Rig rig = rig()) {
      rig.backend.attach(
          new Host((key, epoch, oldHandle, newHandle) -> {
            int time = times.incrementAndGet();
            if (time == 100) {
              throw new IllegalStateException("before");
            }
            boolean taken = twin.rehandle(key, epoch, oldHandle, newHandle);
            if (time == 200) {
              throw new IllegalStateException("after");
            }
            return taken;
          }));
      churn(rig, 1000);
      Rig.await(rig.backend.flush());
      rig.backend.checkInvariants();
      for (HostTwin.Slot slot : twin.slots()) {
        Rig.assertFound(slot.page(), rig.get(slot.ref()));
      }
    }
  }

  /** Copies that are read with one call are judged each for itself. */
  @Test
  void aNeighbourFreedDuringAReadTakesNobodyAlong() throws Exception {
    try (Rig rig = rig()) {
      rig.backend.attach(twin);
      for (int i = 0; i < 1_000; i++) {
        Zpage first = Rig.page(random, new PageKey(1, i), ++epochs, 300);
        Zpage second = Rig.page(random, new PageKey(2, i), ++epochs, 300);
        long[] handles = Rig.await(rig.backend.put(List.of(first, second)));
        PageRef doomed = Rig.ref(first, handles[0]);
        PageRef staying = Rig.ref(second, handles[1]);
        Future<List<Fetched>> answers = rig.backend.get(List.of(doomed, staying));
        if (i % 2 == 0) {
          Thread.onSpinWait();
        }
        rig.backend.free(List.of(doomed));
        Rig.assertFound(second, Rig.await(answers).getLast());
        rig.backend.free(List.of(staying));
      }
    }
  }

  /** Several writers, readers and freers at once, who install what they put some time later. */
  @Test
  void manyThreadsWithLateInstallsLoseNothing() throws Exception {
    try (Rig rig = rig()) {
      rig.backend.attach(twin);
      Queue<Throwable> trouble = new ConcurrentLinkedQueue<>();
      List<Thread> threads = new ArrayList<>();
      for (int t = 0; t < 4; t++) {
        int space = t + 1;
        threads.add(
            Thread.ofPlatform()
                .start(() -> {
                  try {
                    worker(rig, space);
                  } catch (RuntimeException | Error e) {
                    trouble.add(e);
                  }
                }));
      }
      for (Thread thread : threads) {
        thread.join();
      }
      if (!trouble.isEmpty()) {
        throw new AssertionError("a worker failed, seed " + seed, trouble.peek());
      }
      assertTrue(rig.counter("cleaner_moved") > 0, "the cleaner had work");
      audit(rig);
    }
  }

  private void worker(Rig rig, int space) {
    Random own = new Random(seed + space);
    ArrayDeque<HostTwin.Slot> late = new ArrayDeque<>();
    long epoch = 0;
    for (int i = 0; i < 4_000; i++) {
      PageKey key = new PageKey(space, own.nextInt(200));
      install(rig, late, own.nextInt(6));
      if (own.nextInt(3) == 0) {
        HostTwin.Slot slot = twin.slot(key);
        if (slot != null) {
          load(rig, slot);
        }
      } else {
        giveUp(rig, key);
        Zpage page = Rig.page(own, key, ++epoch, 500 + own.nextInt(3000));
        long handle = rig.put(page);
        if (handle != Backend.REFUSED) {
          late.add(new HostTwin.Slot(page, handle));
        }
      }
      if (i % 100 == 0) {
        rig.backend.checkInvariants();
      }
    }
    install(rig, late, 0);
  }

  private void install(Rig rig, ArrayDeque<HostTwin.Slot> late, int leave) {
    while (late.size() > leave) {
      HostTwin.Slot slot = late.remove();
      HostTwin.Slot before = twin.install(slot.page(), slot.handle());
      if (before != null) {
        rig.backend.free(List.of(before.ref()));
      }
    }
  }

  /** Only its own worker overwrites a page, so only its place may change meanwhile. */
  private void load(Rig rig, HostTwin.Slot slot) {
    PageRef ref = slot.ref();
    Fetched answer = rig.get(ref);
    HostTwin.Slot now = twin.slot(slot.page().key());
    while (answer instanceof Fetched.Gone && now != null && now.handle() != ref.handle()) {
      ref = now.ref();
      answer = rig.get(ref);
      now = twin.slot(slot.page().key());
    }
    Rig.assertFound(slot.page(), answer);
  }

  /** Whoever writes a page over frees the old record a little after the page has its new one. */
  @Test
  void aRecordThatIsFreedALittleLaterCostsNobodyHisPut() throws Exception {
    AtomicInteger times = new AtomicInteger();
    Queue<Thread> late = new ConcurrentLinkedQueue<>();
    try (Rig rig = rig()) {
      rig.backend.setFreeWaits(1_000); // however late the threads that free are let run
      rig.backend.attach(
          new Host((key, epoch, oldHandle, newHandle) -> {
            PageRef old = new PageRef(key, epoch, oldHandle);
            if (times.incrementAndGet() % 100 == 0 && twin.remove(old)) {
              late.add(Thread.ofPlatform().start(() -> rig.backend.free(List.of(old))));
            }
            return twin.rehandle(key, epoch, oldHandle, newHandle);
          }));
      for (int i = 0; i < 400; i++) {
        List<Zpage> batch = new ArrayList<>();
        for (int j = 0; j < 128; j++) {
          Zpage page = page();
          giveUp(rig, page.key());
          batch.add(page);
        }
        while (twin.recordBytes() > rig.geometry.liveLimit() * 8 / 10) {
          giveUp(rig, new PageKey(1, random.nextInt(1500)));
        }
        long[] handles = Rig.await(rig.backend.put(batch));
        for (int j = 0; j < handles.length; j++) {
          HostTwin.Slot old = twin.install(batch.get(j), handles[j]);
          if (old != null) {
            rig.backend.free(List.of(old.ref()));
          }
        }
      }
      assertEquals(0, rig.counter("refused"), "the file is not full");
      Rig.await(rig.backend.flush());
      assertTrue(late.size() > 10, late.size() + " records were freed late");
      for (Thread thread : late) {
        thread.join();
      }
      audit(rig);
    }
  }
}
