package dev.tmem.ramster.protocol;

import dev.tmem.backend.BackendHost;
import dev.tmem.backend.PageRef;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.LongPredicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the dispatcher what becomes of lenders, after the lock and on another thread. Answers to
 * puts that came before have been given by then; that nobody may have taken them yet is the
 * dispatcher's concern. Thread-safe.
 */
public final class HostCalls {

  private static final Logger LOG = LoggerFactory.getLogger(HostCalls.class);

  private final Executor background;
  private volatile @Nullable BackendHost host;

  /** Copies of lenders that have ended, until the dispatcher has struck them. */
  private final AtomicLong striking = new AtomicLong();

  /**
   * @param background runs what may take a while
   */
  public HostCalls(Executor background) {
    this.background = background;
  }

  /** Before that no page is put, so there is nothing to tell. */
  public void attach(BackendHost attached) {
    host = attached;
  }

  /**
   * A lender cannot be heard.
   *
   * @param unheard passes the handles of copies at lenders that cannot be heard, those that are no
   *     reason to give up another among them; asked while the dispatcher looks
   */
  void doubtful(LongPredicate unheard, String reason, Outbox out) {
    BackendHost to = host;
    if (to != null) {
      later(
          out,
          () ->
              to.copiesDoubtful(unheard, reason)
                  .onSuccess(left -> tell(reason, left, "pages have no other copy"))
                  .onFailure(failure -> LOG.error("copies could not be struck", failure)));
    }
  }

  /**
   * A lender has ended.
   *
   * @param pages how many it kept
   */
  void gone(Lent lent, long pages, String reason, Outbox out) {
    BackendHost to = host;
    if (to != null) {
      striking.addAndGet(pages);
      later(
          out,
          () ->
              to.copiesGone(lent.handles(), reason)
                  .onSuccess(lost -> tell(reason, lost, "pages are lost"))
                  .onFailure(failure -> LOG.error("copies could not be struck", failure))
                  .onComplete(done -> striking.addAndGet(-pages)));
    }
  }

  /** Copies that are gone, which the dispatcher may still count on. */
  long striking() {
    return striking.get();
  }

  /** There is a lender that was not there before. */
  void roomFound(Outbox out) {
    BackendHost to = host;
    if (to != null) {
      later(out, to::roomFound);
    }
  }

  private static void tell(String reason, long pages, String what) {
    if (pages > 0) {
      LOG.warn("{}: {} {}", reason, pages, what);
    }
  }

  /** Has the pages of a lender moved away, unless that is under way. */
  void evacuate(Lent lent, Outbox out) {
    BackendHost to = host;
    if (to != null && lent.evacuating.compareAndSet(false, true)) {
      String name = lent.peer().name();
      later(
          out,
          () ->
              to.evacuate(lent.handles())
                  .onSuccess(left -> LOG.info("{} leaves: {} pages are still there", name, left))
                  .onFailure(failure -> LOG.error("pages could not be moved away", failure))
                  .onComplete(done -> lent.evacuating.set(false)));
    }
  }

  /**
   * Has copies moved away.
   *
   * @param result gets for each {@link Verdict#DONE}, {@link Verdict#UNKNOWN} if nobody names it,
   *     or {@link Verdict#NO_ROOM}
   */
  void takeBack(List<PageRef> copies, Consumer<List<Verdict>> result, Outbox out) {
    BackendHost to = host;
    later(
        out,
        () -> {
          List<PageRef> used = copies.stream().filter(this::names).toList();
          Future<List<Boolean>> moved =
              to == null || used.isEmpty()
                  ? Future.succeededFuture(Collections.nCopies(used.size(), false))
                  : to.moveAway(used);
          moved.onComplete(done -> {
            List<Verdict> verdicts = new ArrayList<>(copies.size());
            for (PageRef copy : copies) {
              int at = used.indexOf(copy);
              boolean away = at >= 0 && done.succeeded() && done.result().get(at);
              verdicts.add(at < 0 ? Verdict.UNKNOWN : away ? Verdict.DONE : Verdict.NO_ROOM);
            }
            result.accept(verdicts);
          });
        });
  }

  /** Whether a copy is in use; to be called under no lock. Yes, as long as nobody can tell. */
  boolean names(PageRef copy) {
    BackendHost to = host;
    return to == null || to.names(copy);
  }

  private void later(Outbox out, Runnable call) {
    out.after(() -> background.execute(call));
  }
}
