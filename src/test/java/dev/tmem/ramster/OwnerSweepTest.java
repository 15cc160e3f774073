package dev.tmem.ramster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tmem.backend.BackendHost;
import dev.tmem.backend.CopyWalk;
import dev.tmem.backend.PageKey;
import dev.tmem.backend.PageRef;
import dev.tmem.dispatch.ManualScheduler;
import dev.tmem.ramster.protocol.Count;
import dev.tmem.ramster.protocol.Counts;
import dev.tmem.ramster.protocol.WireLayout;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.LongPredicate;
import org.junit.jupiter.api.Test;

/** What pages name and lenders do not have is found. */
class OwnerSweepTest {

  private static final int PAUSE_MILLIS = 20_000;

  private final ManualScheduler scheduler = new ManualScheduler();
  private final Counts counts = new Counts();
  private final List<PageRef> named = new ArrayList<>();
  private final List<PageRef> kept = new ArrayList<>();
  private int questions;

  /** Whether the lenders have whatever they are asked about. */
  private boolean haveAll;

  private final OwnerSweep sweep =
      new OwnerSweep(
          scheduler,
          (refs, missing) -> {
            questions++;
            missing.accept(
                haveAll ? List.of() : refs.stream().filter(ref -> !kept.contains(ref)).toList());
          },
          counts,
          PAUSE_MILLIS);

  /** Names copies, some at a time. */
  private final class Pages implements BackendHost {

    @Override
    public CopyWalk copies() {
      Iterator<PageRef> all = List.copyOf(named).iterator();
      return () -> {
        List<PageRef> some = new ArrayList<>();
        while (all.hasNext() && some.size() < 10) {
          some.add(all.next());
        }
        return some.isEmpty() ? null : some;
      };
    }

    @Override
    public boolean copyGone(PageRef copy, String reason) {
      return named.remove(copy);
    }

    @Override
    public boolean rehandle(PageKey key, long epoch, long oldHandle, long newHandle) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Future<Long> copiesGone(LongPredicate handles, String reason) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Future<Long> copiesDoubtful(LongPredicate handles, String reason) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Future<Long> evacuate(LongPredicate handles) {
      throw new UnsupportedOperationException();
    }

    @Override
    public boolean names(PageRef copy) {
      return named.contains(copy);
    }
  }

  @Test
  void whatLendersDoNotHaveIsStruckWithinAMinute() {
    for (int i = 0; i < 95; i++) {
      named.add(new PageRef(new PageKey(1, i), 1, i));
    }
    kept.addAll(named.subList(0, 60));
    sweep.start(new Pages());
    scheduler.advance(60_000);
    assertEquals(kept, named);
    assertEquals(35L, counts.published().get(Count.REMOTE_PAGES_SWEPT.published()));
  }

  @Test
  void oneWalkFollowsAnotherAfterAPauseUntilItIsStopped() {
    named.add(new PageRef(new PageKey(1, 1), 1, 1));
    kept.addAll(named);
    sweep.start(new Pages());
    scheduler.advance(3 * PAUSE_MILLIS);
    assertEquals(3, questions);
    kept.clear();
    scheduler.advance(PAUSE_MILLIS);
    assertEquals(List.of(), named, "what is lost later is found later");
    sweep.stop();
    scheduler.advance(10 * PAUSE_MILLIS);
    assertEquals(4, questions);
  }

  @Test
  void questionsKeepWithinTheirBudget() {
    int pages = 20_000;
    for (int i = 0; i < pages; i++) {
      named.add(new PageRef(new PageKey(1, i), 1, i));
    }
    haveAll = true;
    sweep.start(new Pages());
    scheduler.advance(PAUSE_MILLIS);
    long begun = asked();
    assertTrue(begun > 0);
    scheduler.advance(100);
    long inTime = OwnerSweep.BYTES_PER_SECOND / 10 / WireLayout.TICKET_BYTES;
    assertTrue(asked() - begun >= inTime / 2, asked() + " pages asked about");
    assertTrue(asked() - begun <= inTime + 20, asked() + " pages asked about");
    scheduler.advance(1_000L * pages * WireLayout.TICKET_BYTES / OwnerSweep.BYTES_PER_SECOND);
    assertEquals(pages, asked());
  }

  private long asked() {
    return questions * 10L;
  }
}
