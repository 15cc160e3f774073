package dev.tmem.swapfile;

import dev.tmem.backend.Scheduler;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Requests of which everything is known, and who have yet to be told. They are told together, on
 * another thread: what they do then must not hold the log up, and a change of threads for each of
 * them takes longer than its write. Confined to the writer thread.
 */
final class Answers {

  private static final Logger LOG = LoggerFactory.getLogger(Answers.class);

  private final Scheduler scheduler;
  private final List<AppendRequest> ready = new ArrayList<>();

  Answers(Scheduler scheduler) {
    this.scheduler = scheduler;
  }

  /** Says what became of one record of a request. */
  void settle(AppendRequest request, int index, long handle) {
    if (request.settle(index, handle)) {
      ready.add(request);
    }
  }

  /** Tells those who can be told. */
  void send() {
    if (ready.isEmpty()) {
      return;
    }
    List<AppendRequest> now = List.copyOf(ready);
    ready.clear();
    try {
      scheduler.execute(() -> now.forEach(Answers::tell));
    } catch (RejectedExecutionException e) {
      // The node is being closed; whoever waits is told all the same.
      now.forEach(Answers::tell);
    }
  }

  /** Whatever one of them does, the others are told. */
  private static void tell(AppendRequest request) {
    try {
      request.answer();
    } catch (RuntimeException e) {
      LOG.error("what came after a write failed", e);
    }
  }
}
