package dev.tmem.ramster.protocol;

import dev.tmem.backend.BackendHost;
import dev.tmem.backend.PageRef;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the dispatcher what becomes of lenders, after the lock and on another thread: by then the
 * answers to puts that came before have been handed over. Thread-safe.
 */
public final class HostCalls {

  private static final Logger LOG = LoggerFactory.getLogger(HostCalls.class);

  private final Executor background;
  private volatile @Nullable BackendHost host;

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

  void doubtful(Lent lent, String reason, Outbox out) {
    BackendHost to = host;
    if (to != null) {
      later(
          out,
          () ->
              to.copiesDoubtful(lent.handles(), reason)
                  .onSuccess(left -> tell(reason, left, "pages have no other copy"))
                  .onFailure(failure -> LOG.error("copies could not be struck", failure)));
    }
  }

  void gone(Lent lent, String reason, Outbox out) {
    BackendHost to = host;
    if (to != null) {
      later(
          out,
          () ->
              to.copiesGone(lent.handles(), reason)
                  .onSuccess(lost -> tell(reason, lost, "pages are lost"))
                  .onFailure(failure -> LOG.error("copies could not be struck", failure)));
    }
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

  /** Whether a copy is in use; to be called under no lock. Yes, as long as nobody can tell. */
  boolean names(PageRef copy) {
    BackendHost to = host;
    return to == null || to.names(copy);
  }

  private void later(Outbox out, Runnable call) {
    out.after(() -> background.execute(call));
  }
}
