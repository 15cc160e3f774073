package dev.tmem.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tmem.ErrorCode;
import dev.tmem.TmemException;
import dev.tmem.backend.Scheduler;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Spans that stay resident for whoever comes next, and go back when nobody does. */
class KeptSpansTest {

  private static final int SPAN = RegionPool.SPAN_BYTES;
  private static final long LIMIT = 64L << 20;

  /** The spans that a pool of this limit keeps: an eighth of it. */
  private static final int MOST = (int) (LIMIT / 8 / SPAN);

  /** Counts what is given back; it is not asked to make anything resident. */
  private static final class Counting implements RegionMemory {
    private final RegionMemory system = RegionMemory.ofThisSystem();
    private int discarded;
    private boolean fails;

    @Override
    public @Nullable MemorySegment map() {
      return system.map();
    }

    @Override
    public boolean populate(MemorySegment region, long at) {
      return false;
    }

    @Override
    public void discard(MemorySegment region, long at, long bytes) {
      if (fails) {
        throw new TmemException(ErrorCode.INTERNAL, "the system does not take it");
      }
      discarded += bytes == RegionPool.REGION_BYTES ? 0 : 1;
      system.discard(region, at, bytes);
    }

    @Override
    public int regions() {
      return system.regions();
    }
  }

  /** Has one timer at a time, which a test lets run out. */
  private static final class OneTimer implements Scheduler {
    private @Nullable Runnable waiting;

    @Override
    public long nanoTime() {
      return 0;
    }

    @Override
    public void execute(Runnable task) {
      task.run();
    }

    @Override
    public Timer schedule(long delayMillis, Runnable task) {
      assertEquals(Ageing.MILLIS, delayMillis);
      assertEquals(null, waiting, "one look at a time");
      waiting = task;
      return () -> {};
    }

    void runOut() {
      Runnable task = waiting;
      waiting = null;
      assertNotNull(task);
      task.run();
    }

    boolean isIdle() {
      return waiting == null;
    }
  }

  private final MemoryAccount account = new MemoryAccount(LIMIT);
  private final Counting memory = new Counting();
  private final OneTimer timer = new OneTimer();
  private final RegionPool pool = new RegionPool(account, null, timer, memory);

  private List<Integer> acquire(int count) {
    List<Integer> spans = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int span = pool.acquireSpan(false);
      assertTrue(span >= 0);
      spans.add(span);
    }
    pool.checkInvariants();
    return spans;
  }

  private void release(List<Integer> spans) {
    spans.forEach(span -> pool.releaseSpan(span, false));
    pool.checkInvariants();
  }

  @Test
  void whoeverComesNextHasWhatWasKept() {
    List<Integer> spans = acquire(20);
    release(spans);
    assertEquals(0, account.used(), "what is kept is charged to nobody");
    assertEquals(0, memory.discarded);
    Set<Integer> again = new HashSet<>(acquire(20));
    assertEquals(new HashSet<>(spans), again);
    assertEquals(20L * SPAN, account.used());
    assertFalse(again.contains(acquire(1).getFirst()));
  }

  @Test
  void whatNobodyWantsGoesBack() {
    release(acquire(20));
    timer.runOut();
    assertEquals(0, memory.discarded, "they may have been kept just now");
    timer.runOut();
    assertEquals(20, memory.discarded, "nobody has wanted any from one look to the next");
    assertTrue(timer.isIdle());
    release(acquire(3));
    assertFalse(timer.isIdle(), "and it begins anew");
    timer.runOut();
    timer.runOut();
    assertEquals(23, memory.discarded);
  }

  @Test
  void whatIsInUseAgainAndAgainStays() {
    release(acquire(20));
    timer.runOut();
    for (int round = 0; round < 5; round++) {
      release(acquire(15));
      timer.runOut();
      assertEquals(5, memory.discarded, "those that nobody has needed go, once");
    }
    timer.runOut();
    assertEquals(20, memory.discarded);
    assertTrue(timer.isIdle());
  }

  @Test
  void noMoreIsKeptThanItsShare() {
    List<Integer> spans = acquire(2 * MOST);
    release(spans);
    assertEquals(MOST, memory.discarded);
  }

  @Test
  void nearTheLimitNothingIsKept() {
    int all = (int) (account.dataLimit() / SPAN);
    List<Integer> spans = acquire(all);
    release(spans.subList(0, 10));
    assertEquals(10, memory.discarded);
  }

  @Test
  void whatOthersChargeIsGivenBackFirst() {
    release(acquire(MOST));
    assertTrue(account.tryChargeTable(LIMIT - 10L * SPAN));
    int table = pool.acquireSpan(true);
    assertTrue(table >= 0);
    assertEquals(MOST - 9, memory.discarded, "charged and kept are within the limit");
    pool.releaseSpan(table, true);
    account.release(LIMIT - 10L * SPAN);
    pool.checkInvariants();
  }

  @Test
  void spansOfTablesAreNeitherKeptNorTakenFromThere() {
    int table = pool.acquireSpan(true);
    pool.releaseSpan(table, true);
    assertEquals(1, memory.discarded);
    List<Integer> spans = acquire(2);
    release(spans);
    assertFalse(spans.contains(pool.acquireSpan(true)));
  }

  @Test
  void thereAreWaysToHaveItBackAtOnce() {
    List<Integer> spans = acquire(9);
    release(spans.subList(0, 8));
    pool.giveBackKept();
    assertEquals(8, memory.discarded);
    pool.discardSpan(spans.get(8));
    assertEquals(9, memory.discarded);
    pool.checkInvariants();
    timer.runOut();
    assertTrue(timer.isIdle());
  }

  @Test
  void whatTheSystemDoesNotTakeStaysKept() {
    List<Integer> spans = acquire(4);
    release(spans);
    timer.runOut();
    memory.fails = true;
    assertThrows(TmemException.class, timer::runOut);
    assertThrows(TmemException.class, pool::giveBackKept);
    memory.fails = false;
    assertEquals(new HashSet<>(spans), new HashSet<>(acquire(4)));
  }

  @Test
  void aClosedPoolKeepsNothing() {
    release(acquire(4));
    pool.close();
    timer.runOut();
    pool.giveBackKept();
    assertEquals(0, memory.discarded, "the regions went as a whole");
    assertTrue(timer.isIdle());
  }

  /** Runs are kept as spans are, and go back the same ways; both share what may be kept. */
  @Test
  void runsAreKeptLikewise() {
    List<Integer> runs = acquireRuns(6);
    runs.forEach(pool::releaseRun);
    pool.checkInvariants();
    assertEquals(0, account.used());
    assertEquals(0, memory.discarded);
    List<Integer> spans = acquire(5);
    assertTrue(
        spans.stream().noneMatch(span -> runs.contains(span - span % RegionPool.SPANS_PER_RUN)),
        "what is kept as a run stays one");
    assertEquals(new HashSet<>(runs), new HashSet<>(acquireRuns(6)));
    assertEquals((6L * RegionPool.SPANS_PER_RUN + 5) * SPAN, account.used());
    runs.forEach(pool::releaseRun);
    assertThrows(IllegalArgumentException.class, () -> pool.releaseRun(runs.getFirst()));
    timer.runOut();
    assertEquals(0, memory.discarded);
    timer.runOut();
    assertEquals(6, memory.discarded, "nobody has wanted any from one look to the next");
    assertTrue(timer.isIdle());
    acquireRuns(6).forEach(pool::releaseRun);
    pool.giveBackKept();
    assertEquals(12, memory.discarded);
    acquireRuns(1).forEach(pool::discardRun);
    assertEquals(13, memory.discarded);
    pool.checkInvariants();
  }

  @Test
  void spansAndRunsTogetherHaveOneShare() {
    List<Integer> spans = acquire(MOST / 2);
    List<Integer> runs = acquireRuns(MOST / RegionPool.SPANS_PER_RUN);
    spans.forEach(pool::discardSpan);
    int before = memory.discarded;
    runs.forEach(pool::releaseRun);
    assertEquals(before, memory.discarded, "they are all that may be kept");
    int span = pool.acquireSpan(false);
    pool.releaseSpan(span, false);
    assertEquals(before + 1, memory.discarded, "there is no room for a span beside them");
    assertTrue(account.tryChargeTable(LIMIT - 8L * SPAN));
    int table = pool.acquireSpan(true);
    assertTrue(table >= 0);
    assertTrue(
        memory.discarded >= before + MOST / RegionPool.SPANS_PER_RUN,
        "what others charge is given back first");
    pool.releaseSpan(table, true);
    account.release(LIMIT - 8L * SPAN);
    pool.checkInvariants();
  }

  private List<Integer> acquireRuns(int count) {
    List<Integer> runs = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int run = pool.acquireRun();
      assertTrue(run >= 0);
      runs.add(run);
    }
    pool.checkInvariants();
    return runs;
  }

  @Test
  void aRunThatTheSystemDoesNotTakeStaysKept() {
    List<Integer> runs = acquireRuns(2);
    runs.forEach(pool::releaseRun);
    memory.fails = true;
    assertThrows(TmemException.class, pool::giveBackKept);
    memory.fails = false;
    assertEquals(new HashSet<>(runs), new HashSet<>(acquireRuns(2)));
  }
}
