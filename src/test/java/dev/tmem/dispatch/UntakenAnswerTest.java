package dev.tmem.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tmem.Protection;
import dev.tmem.backend.BackendHost;
import dev.tmem.backend.LossDomain;
import dev.tmem.backend.PageRef;
import dev.tmem.backend.Scheduler;
import dev.tmem.backend.Zpage;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a peer says or asks of copies when it has answered a put, and nobody has taken that yet. */
class UntakenAnswerTest extends DispatchFixture {

  private static final int PAGES = 40;

  /** Has answered when a put returns, and does something before that. */
  private static final class QuickPeer extends TwinBackend {
    private final ManualScheduler time;
    Runnable meanwhile = () -> {};

    QuickPeer(ManualScheduler time) {
      super("quick", 150, LossDomain.PEER, (Scheduler) time);
      this.time = time;
    }

    @Override
    public Future<long[]> put(List<Zpage> batch) {
      Future<long[]> answer = super.put(batch);
      time.settle();
      assertTrue(answer.isComplete());
      Runnable now = meanwhile;
      meanwhile = () -> {};
      now.run();
      return answer;
    }
  }

  private final QuickPeer quick = new QuickPeer(scheduler);

  private PageSpace stored() {
    register(node.zram, quick);
    PageSpace space = node.open("a", Protection.NONE);
    for (int offset = 0; offset < PAGES; offset++) {
      store(space, offset, 1);
    }
    return space;
  }

  private BackendHost host() {
    BackendHost host = quick.host;
    assertNotNull(host);
    return host;
  }

  private void assertAllThere(PageSpace space) {
    for (int offset = 0; offset < PAGES; offset++) {
      assertPage(space, offset, 1);
    }
  }

  @Test
  void copiesAreInUseFromTheAnswerOn() {
    PageSpace space = stored();
    List<PageRef> asked = new ArrayList<>();
    List<PageRef> denied = new ArrayList<>();
    quick.meanwhile =
        () -> {
          asked.addAll(quick.refs());
          asked.stream().filter(ref -> !host().names(ref)).forEach(denied::add);
        };
    demoteAll();
    assertEquals(PAGES, asked.size());
    assertEquals(List.of(), denied);
    assertEquals(PAGES, pagesIn(space, "quick"));
    assertAllThere(space);
    for (int offset = 0; offset < PAGES; offset++) {
      await(space.invalidate(offset));
    }
    assertTrue(asked.stream().noneMatch(host()::names), "they are free");
  }

  @Test
  void copiesOfALenderThatIsGoneAreNotNamed() {
    PageSpace space = stored();
    quick.meanwhile =
        () -> {
          Future<Long> lost = host().copiesGone(handle -> handle % 2 == 0, "its lender has ended");
          scheduler.settle();
          assertEquals(0L, lost.result());
        };
    demoteAll();
    assertEquals(PAGES / 2, pagesIn(space, "quick"));
    assertEquals(PAGES / 2, pagesIn(space, "zram"));
    assertTrue(quick.handles().stream().allMatch(handle -> handle % 2 == 1));
    assertAllThere(space);
  }

  @Test
  void whatWasSaidBeforeAPutDoesNotConcernIt() {
    PageSpace space = stored();
    await(host().copiesGone(handle -> true, "all lenders have ended"));
    demoteAll();
    assertEquals(PAGES, pagesIn(space, "quick"));
    assertAllThere(space);
  }
}
