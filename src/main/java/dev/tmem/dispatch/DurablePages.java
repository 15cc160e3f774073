package dev.tmem.dispatch;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.tmem.PageFault;
import dev.tmem.backend.Backend;
import dev.tmem.backend.Codec;
import dev.tmem.backend.DurableBackend;
import dev.tmem.backend.PageRef;
import dev.tmem.backend.Zpage;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The pages of a durable area: what is changed is on record before it is acknowledged. Other tiers
 * hold mere copies.
 *
 * <p>What waits for the record goes there in batches, of which {@link #MAX_CALLS} are under way at
 * once, so that the more wait the more go together. Thread-safe: its monitor guards the queue and
 * the doubtful pages; it ranks below the locks of stripes, and nothing is called under it.
 */
final class DurablePages {

  /** Calls to the backend under way: as many as come are best told at once, it gathers them. */
  private static final int MAX_CALLS = 256;

  /** Bytes of zpages in one call. */
  private static final int MAX_CALL_BYTES = 1 << 20;

  /** Bytes of zpages in all calls under way. */
  private static final int MAX_BYTES = 4 << 20;

  /** Changes that may wait; more are refused. */
  static final int MAX_WAITING = 1 << 16;

  /** Pages whose last change may or may not be on record; if there are more, all pages are. */
  private static final int MAX_DOUBTFUL = 1 << 16;

  /**
   * A change on its way: a zpage to be put, or a version that says that the page is no more.
   *
   * @param done the handle; {@link Backend#REFUSED}: it is not on record, as far as is known
   */
  private record Change(@Nullable Zpage zpage, PageRef ref, Promise<Long> done) {}

  private final PageSpace space;
  private final RegisteredBackend registered;
  private final DurableBackend backend;

  @GuardedBy("this")
  private final ArrayDeque<Change> waiting = new ArrayDeque<>();

  @GuardedBy("this")
  private int calls;

  /** Of zpages in calls under way. */
  @GuardedBy("this")
  private int bytesUnderWay;

  /** By offset what is still kept of the page: its last version on record. */
  @GuardedBy("this")
  private final Map<Long, Freed> doubtful = new HashMap<>();

  /**
   * Written under the monitor. A page is put in doubt and settled by changes of it that follow one
   * another, so who asks for his page sees what the change before has written.
   */
  private volatile boolean anyDoubtful;

  @GuardedBy("this")
  private boolean allDoubtful;

  DurablePages(PageSpace space, RegisteredBackend registered, DurableBackend backend) {
    this.space = space;
    this.registered = registered;
    this.backend = backend;
  }

  /** Where its record is kept. */
  RegisteredBackend backend() {
    return registered;
  }

  // ---- Changes

  Future<Void> store(long offset, Compressed page) {
    return new DurableChange(space, this, offset, page, DurableChange.ANY).start().mapEmpty();
  }

  Future<Void> invalidate(long offset) {
    return new DurableChange(space, this, offset, null, DurableChange.ANY).start().mapEmpty();
  }

  List<Future<Void>> invalidateAll(long[] offsets) {
    List<Future<Void>> done = new ArrayList<>(offsets.length);
    for (long offset : offsets) {
      done.add(invalidate(offset));
    }
    return done;
  }

  /** Ends a version that was taken; whether the take still stood. */
  Future<Boolean> invalidateTaken(long offset, long epoch) {
    return new DurableChange(space, this, offset, null, epoch).start();
  }

  /** Invalidates every page that is there; completes with their number. */
  Future<Long> invalidateEverything() {
    return invalidateFrom(0, 0);
  }

  private static final int SWEEP_PAGES = 4096;

  private Future<Long> invalidateFrom(long from, long before) {
    return space
        .offsets(from, SWEEP_PAGES)
        .compose(offsets -> {
          if (offsets.length == 0) {
            return Future.succeededFuture(before);
          }
          long next = offsets[offsets.length - 1] + 1;
          return Future.all(invalidateAll(offsets))
              .compose(done -> invalidateFrom(next, before + offsets.length));
        });
  }

  // ---- On record

  /** Puts a version on record. */
  Future<Long> put(Zpage zpage) {
    return change(zpage, new PageRef(zpage.key(), zpage.epoch(), Backend.REFUSED));
  }

  /** Puts on record that the page is no more; the handle means nothing, but for {@code REFUSED}. */
  Future<Long> gone(long offset, long epoch) {
    return change(null, new PageRef(space.key(offset), epoch, Backend.REFUSED));
  }

  private Future<Long> change(@Nullable Zpage zpage, PageRef ref) {
    Change change = new Change(zpage, ref, Promise.promise());
    boolean atOnce;
    synchronized (this) {
      if (waiting.size() >= MAX_WAITING) {
        return Future.succeededFuture(Backend.REFUSED);
      }
      atOnce = waiting.isEmpty() && mayCall();
      if (atOnce) {
        begin(bytes(change));
      } else {
        waiting.add(change);
      }
    }
    if (atOnce) {
      call(List.of(change));
    } else {
      go();
    }
    return change.done.future();
  }

  @GuardedBy("this")
  private boolean mayCall() {
    return calls < MAX_CALLS && bytesUnderWay < MAX_BYTES;
  }

  @GuardedBy("this")
  private void begin(int bytes) {
    bytesUnderWay += bytes;
    calls++;
  }

  /** A call is over; whether there is something to do now. */
  private synchronized boolean end(int bytes) {
    bytesUnderWay -= bytes;
    calls--;
    return !waiting.isEmpty();
  }

  private void go() {
    for (List<Change> batch = next(); !batch.isEmpty(); batch = next()) {
      call(batch);
    }
  }

  /** The next call's changes, all of one kind; none: there is nothing to do now. */
  private synchronized List<Change> next() {
    List<Change> batch = new ArrayList<>();
    if (mayCall()) {
      int bytes = 0;
      while (!waiting.isEmpty() && batch.size() < RegisteredBackend.MAX_BATCH) {
        Zpage zpage = waiting.peek().zpage;
        boolean sameKind = batch.isEmpty() || (zpage == null) == (batch.getFirst().zpage == null);
        int length = bytes(waiting.peek());
        if (!sameKind || (bytes + length > MAX_CALL_BYTES && !batch.isEmpty())) {
          break;
        }
        bytes += length;
        batch.add(waiting.remove());
      }
      if (!batch.isEmpty()) {
        begin(bytes);
      }
    }
    return batch;
  }

  private static int bytes(Change change) {
    return change.zpage == null ? 0 : change.zpage.length();
  }

  private void call(List<Change> batch) {
    long[] refused = new long[batch.size()];
    Arrays.fill(refused, Backend.REFUSED);
    Future<long[]> call;
    if (!registered.isActive()) {
      call = Future.succeededFuture(refused);
    } else if (batch.getFirst().zpage == null) {
      call =
          registered
              .invalidateDurable(backend, batch.stream().map(Change::ref).toList())
              .map(done -> {
                for (int i = 0; i < refused.length; i++) {
                  refused[i] = done[i] ? 0 : Backend.REFUSED;
                }
                return refused;
              });
    } else {
      List<Zpage> zpages = new ArrayList<>();
      batch.forEach(change -> {
        if (change.zpage != null) {
          zpages.add(change.zpage);
        }
      });
      call = registered.put(zpages);
    }
    call.onComplete(answer -> {
      int bytes = 0;
      for (Change change : batch) {
        bytes += bytes(change);
      }
      if (end(bytes)) {
        go();
      }
      long[] handles = answer.succeeded() ? answer.result() : refused;
      for (int i = 0; i < handles.length; i++) {
        batch.get(i).done.complete(handles[i]);
      }
    });
  }

  // ---- Pages in doubt

  /** Whether a page without a slot may be on record. */
  synchronized boolean isDoubtful(long offset) {
    return allDoubtful || doubtful.containsKey(offset);
  }

  /**
   * The disk has refused a change: until one succeeds, the page's last version on record is kept,
   * since without it an older one would be found at the next start.
   */
  synchronized void doubt(long offset, Freed kept) {
    if (doubtful.size() >= MAX_DOUBTFUL && !doubtful.containsKey(offset)) {
      allDoubtful = true;
    } else {
      doubtful.putIfAbsent(offset, kept);
      anyDoubtful = true;
    }
  }

  /** A change is on record: what was kept until then may go. */
  void settled(long offset) {
    if (!anyDoubtful) {
      return;
    }
    Freed kept;
    synchronized (this) {
      kept = doubtful.remove(offset);
      anyDoubtful = !doubtful.isEmpty();
    }
    if (kept != null) {
      kept.release();
    }
  }

  synchronized long doubtfulPages() {
    return doubtful.size();
  }

  // ---- Found at the start

  /**
   * Puts what was found into the page table; nobody uses the space yet.
   *
   * @return pages that are lost
   * @throws IllegalStateException if there is no memory for the page table
   */
  List<PageFault> install() {
    List<PageFault> losses = new ArrayList<>();
    backend.tellFound(
        space.number(),
        new DurableBackend.Found() {
          @Override
          public void page(long offset, long epoch, Codec codec, boolean isShort, long handle) {
            put(
                offset,
                SlotWord.of(epoch, registered.ordinal, SlotWord.PRESENT, codec, isShort),
                handle);
          }

          @Override
          public void lost(long offset, long epoch) {
            put(offset, SlotWord.of(epoch, SlotWord.NOWHERE, SlotWord.LOST, Codec.RAW, false), 0);
            space.counters().pagesLost.increment();
            losses.add(
                new PageFault(
                    space.config().name(),
                    offset,
                    registered.name(),
                    "its newest version was damaged when the node started"));
          }

          @Override
          public void used(long offset, long epoch) {
            Stripe stripe = space.stripe(offset);
            stripe.lock.lock();
            try {
              stripe.used(epoch);
            } finally {
              stripe.lock.unlock();
            }
          }
        });
    return losses;
  }

  private void put(long offset, long word, long handle) {
    Stripe stripe = space.stripe(offset);
    stripe.lock.lock();
    try {
      long ref = stripe.slots.insert(offset);
      if (ref < 0) {
        throw new IllegalStateException(
            "there is no memory for the page table of area " + space.config().name());
      }
      stripe.used(SlotWord.epoch(word));
      stripe.fill(ref, word, handle);
      space.counters().pages.increment();
    } finally {
      stripe.lock.unlock();
    }
  }
}
