package dev.tmem.dispatch;

import dev.tmem.FreedPages;
import dev.tmem.Listening;
import dev.tmem.TmemEvent;
import dev.tmem.backend.Scheduler;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells whoever listens which versions of a space's pages were freed: swap's slot free
 * notification, off the path of the operations.
 *
 * <p>Who frees a slot notes offset and epoch under the stripe's lock, which it holds anyway. One
 * task at a time takes the notes of all stripes, {@value #DELAY_MILLIS} ms after the first, and
 * tells the listeners with no lock held; so what concerns one page is told in order. A stripe keeps
 * at most {@value #MAX_NOTES} notes: when listeners are slower than that, further ones are counted
 * only, and told as missed. Those who free a whole space wait for the listeners instead, up to
 * {@value #PATIENCE_MILLIS} ms at a time.
 *
 * <p>Thread-safe: notes by the lock of their stripe, the rest by atomics.
 */
final class FreeNotes {

  /** From the first note to the telling. */
  static final long DELAY_MILLIS = 5;

  /** Notes of one stripe. */
  static final int MAX_NOTES = 1024;

  /** The most pages told in one call. */
  static final int MAX_BATCH = 4096;

  /** How long a sweep waits for listeners at a time. */
  static final long PATIENCE_MILLIS = 1_000;

  /** A sweep goes on as long as a stripe has no more notes; a block of its table adds the rest. */
  private static final int ROOMY_NOTES = MAX_NOTES / 2;

  private static final Logger LOG = LoggerFactory.getLogger(FreeNotes.class);

  /** The notes of one stripe: offset, epoch, offset, epoch ... Guarded by the stripe's lock. */
  private static final class Notes {
    long[] pairs = {};
    int count;
    long missed;

    /** Whether it was the first since they were taken. */
    boolean add(long offset, long epoch) {
      boolean first = count == 0 && missed == 0;
      if (count == MAX_NOTES) {
        missed++;
        return false;
      }
      if (2 * count == pairs.length) {
        pairs = Arrays.copyOf(pairs, Math.clamp(2L * pairs.length, 64, 2 * MAX_NOTES));
      }
      pairs[2 * count] = offset;
      pairs[2 * count + 1] = epoch;
      count++;
      return first;
    }
  }

  private final PageSpace space;
  private final Scheduler scheduler;
  private final Notes[] notes;

  /** Bit per stripe: it has notes. */
  private final AtomicLong dirty = new AtomicLong();

  /** Whether the task is set, or runs. */
  private final AtomicBoolean active = new AtomicBoolean();

  private final List<Consumer<? super FreedPages>> listeners = new CopyOnWriteArrayList<>();

  /** What waits until the listeners have heard. */
  private final Queue<Runnable> waiting = new ConcurrentLinkedQueue<>();

  private volatile boolean on;
  private volatile boolean events;

  /**
   * @param stripes at most 64
   */
  FreeNotes(PageSpace space, Scheduler scheduler, int stripes) {
    this.space = space;
    this.scheduler = scheduler;
    this.notes = new Notes[stripes];
    for (int i = 0; i < stripes; i++) {
      notes[i] = new Notes();
    }
  }

  // ---- Who listens

  /** Adds a listener; it hears of what is freed from now on. */
  Listening listen(Consumer<? super FreedPages> listener) {
    Consumer<FreedPages> entry = freed -> listener.accept(freed);
    listeners.add(entry);
    update();
    return () -> {
      listeners.remove(entry);
      update();
    };
  }

  /** Whether to tell the node's notifier too. */
  synchronized void setEvents(boolean wanted) {
    events = wanted;
    update();
  }

  boolean hasEvents() {
    return events;
  }

  private synchronized void update() {
    on = events || !listeners.isEmpty();
  }

  // ---- Noting

  /** A version of a page was freed. The stripe's lock is held. */
  void note(int stripe, long offset, long epoch) {
    space.counters().of(stripe).add(StripeCounts.NOTIFY_FREE, 1);
    if (on && notes[stripe].add(offset, epoch)) {
      dirty.getAndAccumulate(1L << stripe, (bits, bit) -> bits | bit);
      wake();
    }
  }

  private void wake() {
    if (!active.getAcquire() && active.compareAndSet(false, true)) {
      scheduler.schedule(DELAY_MILLIS, this::tell);
    }
  }

  // ---- Telling

  private void tell() {
    // Those who wait already, and no others: what is noted from here on may not be told here.
    List<Runnable> ready = new ArrayList<>();
    for (Runnable next = waiting.poll(); next != null; next = waiting.poll()) {
      ready.add(next);
    }
    long bits = dirty.getAndSet(0);
    Batch batch = new Batch();
    while (bits != 0) {
      int stripe = Long.numberOfTrailingZeros(bits);
      bits &= bits - 1;
      take(stripe, batch);
    }
    batch.tell();
    ready.forEach(scheduler::execute);
    active.setRelease(false);
    if (dirty.get() != 0 || !waiting.isEmpty()) {
      wake();
    }
  }

  private void take(int index, Batch batch) {
    long[] pairs;
    long missed;
    Stripe stripe = space.stripes()[index];
    stripe.lock.lock();
    try {
      Notes taken = notes[index];
      pairs = Arrays.copyOf(taken.pairs, 2 * taken.count);
      missed = taken.missed;
      taken.count = 0;
      taken.missed = 0;
    } finally {
      stripe.lock.unlock();
    }
    batch.missed += missed;
    for (int i = 0; i < pairs.length; i += 2) {
      batch.add(pairs[i], pairs[i + 1]);
    }
  }

  /** What is told in one call. Confined to one telling. */
  private final class Batch {
    private long[] offsets = new long[64];
    private long[] epochs = new long[64];
    private int count;
    private long missed;

    void add(long offset, long epoch) {
      if (count == offsets.length) {
        offsets = Arrays.copyOf(offsets, Math.min(2 * count, MAX_BATCH));
        epochs = Arrays.copyOf(epochs, offsets.length);
      }
      offsets[count] = offset;
      epochs[count++] = epoch;
      if (count == MAX_BATCH) {
        tell();
      }
    }

    void tell() {
      if (count == 0 && missed == 0) {
        return;
      }
      FreedPages freed =
          new FreedPages(
              space.config().name(),
              space.number(),
              Arrays.copyOf(offsets, count),
              Arrays.copyOf(epochs, count),
              missed);
      count = 0;
      missed = 0;
      for (Consumer<? super FreedPages> listener : listeners) {
        try {
          listener.accept(freed);
        } catch (RuntimeException e) {
          LOG.warn("a listener failed to hear what was freed of {}", freed, e);
        }
      }
      if (events) {
        space.dispatcher().notifier().tell(new TmemEvent.PagesFreed(freed));
      }
    }
  }

  // ---- Waiting for the listeners

  /** Whether a sweep may free another block of a stripe without waiting. The lock is held. */
  boolean hasRoom(int stripe) {
    return notes[stripe].count <= ROOMY_NOTES;
  }

  /** Runs something when the listeners have heard what is noted now, or patience has ended. */
  void whenTold(Runnable next) {
    AtomicBoolean ran = new AtomicBoolean();
    Runnable once =
        () -> {
          if (ran.compareAndSet(false, true)) {
            next.run();
          }
        };
    Scheduler.Timer patience = scheduler.schedule(PATIENCE_MILLIS, once);
    waiting.add(() -> {
      patience.cancel();
      once.run();
    });
    wake();
  }

  /** Completes when the listeners have heard what is noted now, or patience has ended. */
  Future<Void> told() {
    if (dirty.get() == 0 && !active.get()) {
      return Future.succeededFuture();
    }
    Promise<Void> promise = Promise.promise();
    whenTold(promise::complete);
    return promise.future();
  }
}
