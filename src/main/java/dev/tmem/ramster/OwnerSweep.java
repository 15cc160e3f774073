package dev.tmem.ramster;

import dev.tmem.backend.BackendHost;
import dev.tmem.backend.CopyWalk;
import dev.tmem.backend.PageRef;
import dev.tmem.backend.Scheduler;
import dev.tmem.ramster.protocol.Count;
import dev.tmem.ramster.protocol.Counts;
import dev.tmem.ramster.protocol.WireLayout;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds pages whose lender does not have them: goes through all copies that pages name, and asks
 * their lenders, some hundred at a time. A copy that its lender does not have is struck, if the
 * page still names it; so what was lost is known, and replaced, before anybody asks for it.
 *
 * <p>Questions take so much of the way to the lenders and no more ({@link #BYTES_PER_SECOND}): a
 * million pages take some seven seconds.
 *
 * <p>Thread-safe: its steps follow one another.
 */
final class OwnerSweep {

  private static final Logger LOG = LoggerFactory.getLogger(OwnerSweep.class);

  /** What the questions of a walk may take; their answers take a thirtieth of it. */
  static final long BYTES_PER_SECOND = 4L << 20;

  /** Asks lenders; the consumer gets the copies that they do not have. */
  interface Question {
    void ask(List<PageRef> refs, Consumer<List<PageRef>> missing);
  }

  private final Scheduler scheduler;
  private final Question question;
  private final Counts counts;
  private final int pauseMillis;
  private volatile @Nullable BackendHost host;
  private volatile boolean stopped;

  /** By then what was asked is paid for. */
  private long paidNanos;

  /**
   * @param pauseMillis between two walks
   */
  OwnerSweep(Scheduler scheduler, Question question, Counts counts, int pauseMillis) {
    this.scheduler = scheduler;
    this.question = question;
    this.counts = counts;
    this.pauseMillis = pauseMillis;
    this.paidNanos = scheduler.nanoTime();
  }

  /** From now on walks are made; to be called once. */
  void start(BackendHost attached) {
    host = attached;
    pause();
  }

  void stop() {
    stopped = true;
  }

  private void pause() {
    if (!stopped) {
      scheduler.schedule(pauseMillis, this::begin);
    }
  }

  private void begin() {
    BackendHost attached = host;
    if (attached != null) {
      step(attached, attached.copies());
    }
  }

  private void step(BackendHost attached, CopyWalk walk) {
    List<PageRef> refs = stopped ? null : walk.next();
    if (refs == null) {
      pause();
    } else if (refs.isEmpty()) {
      scheduler.execute(() -> step(attached, walk));
    } else {
      question.ask(
          refs,
          missing ->
              scheduler.execute(() -> {
                strike(attached, missing);
                payThen(refs.size(), () -> step(attached, walk));
              }));
    }
  }

  /** Goes on when the budget allows it. */
  private void payThen(int asked, Runnable next) {
    long cost =
        (long) asked * WireLayout.TICKET_BYTES * TimeUnit.SECONDS.toNanos(1) / BYTES_PER_SECOND;
    long now = scheduler.nanoTime();
    paidNanos = (paidNanos - now > 0 ? paidNanos : now) + cost;
    long millis = TimeUnit.NANOSECONDS.toMillis(paidNanos - now);
    if (millis > 0) {
      scheduler.schedule(millis, next);
    } else {
      next.run();
    }
  }

  private void strike(BackendHost attached, List<PageRef> missing) {
    int struck = 0;
    for (PageRef ref : missing) {
      if (attached.copyGone(ref, "its lender does not have it")) {
        struck++;
      }
    }
    if (struck > 0) {
      counts.add(Count.REMOTE_PAGES_SWEPT, struck);
      LOG.warn("{} lent pages are not with their lenders any more", struck);
    }
  }
}
