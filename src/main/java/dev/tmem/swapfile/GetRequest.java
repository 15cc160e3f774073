package dev.tmem.swapfile;

import dev.tmem.backend.Fetched;
import dev.tmem.backend.PageRef;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.NullUnmarked;

/**
 * Copies that are asked for together. They are put in the order in which they lie, so that
 * neighbours can be read with one call, and divided among readers. Thread-safe: the parts touch
 * different answers, and the last one done completes the future.
 */
final class GetRequest {

  /** Copies for which a further reader is worth its wake-up. */
  private static final int PART_COPIES = 8;

  private static final int INDEX_BITS = 16;

  private final List<PageRef> refs;

  /** Place in the file and index in {@link #refs}, packed; sorted. */
  private final long[] order;

  private final Fetched[] answers;
  private final AtomicInteger unfinished;
  private final int parts;
  private final Promise<List<Fetched>> promise = Promise.promise();

  /**
   * @param readers how many parts there may be
   */
  @NullUnmarked
  GetRequest(List<PageRef> refs, int readers) {
    assert refs.size() < 1 << INDEX_BITS : refs.size();
    this.refs = refs;
    answers = new Fetched[refs.size()];
    order = new long[refs.size()];
    for (int i = 0; i < order.length; i++) {
      order[i] = HandleLayout.place(refs.get(i).handle()) << INDEX_BITS | i;
    }
    Arrays.sort(order);
    parts = Math.clamp(order.length / PART_COPIES, 1, readers);
    unfinished = new AtomicInteger(parts);
  }

  int parts() {
    return parts;
  }

  /** Where a part begins in the order; it ends where the next one begins. */
  int begin(int part) {
    return (int) ((long) order.length * part / parts);
  }

  PageRef ref(int position) {
    return refs.get(index(position));
  }

  void answer(int position, Fetched fetched) {
    answers[index(position)] = fetched;
  }

  private int index(int position) {
    return (int) (order[position] & ((1 << INDEX_BITS) - 1));
  }

  /** Every copy of a part has its answer. */
  void finishPart() {
    if (unfinished.decrementAndGet() == 0) {
      promise.complete(Arrays.asList(answers));
    }
  }

  Future<List<Fetched>> future() {
    return promise.future();
  }
}
