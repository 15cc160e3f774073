package dev.tmem.dispatch;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.tmem.backend.Backend;
import dev.tmem.backend.Fetched;
import dev.tmem.backend.PageKey;
import dev.tmem.backend.PageRef;
import dev.tmem.backend.Scheduler;
import dev.tmem.backend.Zpage;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Gives exposed pages back what their protection asks for: fetches a copy that is left, puts
 * another one, and only then lets the slot name it. The oldest exposures come first ({@link
 * Exposures}), a batch at a time, within a budget of bytes. Where no second place has room the page
 * comes back to RAM, if that has room; else it stays as it is, and is tried again.
 *
 * <p>Passes: a walk over the slots for each wave. A space of whose pages some were fetched and none
 * found a place is left alone for the rest of the pass, so that nothing is carried about in vain.
 *
 * <p>Thread-safe: this object's monitor guards whether a pass is under way and when the next one
 * is; what belongs to the pass is confined to it, its steps follow one another.
 */
public final class Restorer {

  /** Bytes of zpages a second, unless told otherwise. */
  public static final long DEFAULT_BYTES_PER_SECOND = 32L << 20;

  /** Blocks of slots that are looked at before the thread is given up. */
  static final int STEP_BLOCKS = 1_024;

  /** A batch is complete when it has that many; the block it ends with may add some more. */
  private static final int BATCH_PAGES = 128;

  /** How long after a pass that left pages exposed the next one begins; doubled while in vain. */
  private static final long RETRY_MILLIS = 500;

  private static final long MAX_RETRY_MILLIS = 8_000;

  /** A page that is exposed, and a copy of it that can be asked for. */
  private record Candidate(Stripe stripe, PageKey key, long word, Copy source, List<Copy> copies) {
    PageRef ref() {
      return new PageRef(key, SlotWord.epoch(word), source.handle());
    }
  }

  /** A page on its way to its further copy. */
  private record Work(Stripe stripe, Placing placing) {}

  private final Dispatcher dispatcher;
  private final Exposures exposures;
  private volatile long bytesPerSecond = DEFAULT_BYTES_PER_SECOND;

  @GuardedBy("this")
  private boolean running;

  /** Something has changed since the pass began. */
  @GuardedBy("this")
  private boolean wokenAgain;

  @GuardedBy("this")
  private Scheduler.@Nullable Timer timer;

  @GuardedBy("this")
  private long retryMillis = RETRY_MILLIS;

  // ---- Of the pass

  private Iterator<Integer> waves = List.<Integer>of().iterator();
  private int wave;
  private @Nullable TableWalk walk;
  private final Set<PageSpace> inVain = new HashSet<>();
  private long restoredInPass;

  /** When what was carried so far is paid for. */
  private long paidNanos;

  Restorer(Dispatcher dispatcher, Exposures exposures) {
    this.dispatcher = dispatcher;
    this.exposures = exposures;
    this.paidNanos = dispatcher.scheduler().nanoTime();
  }

  /** The budget: bytes of zpages that are fetched a second, and put once more. */
  public long bytesPerSecond() {
    return bytesPerSecond;
  }

  /**
   * Sets the budget.
   *
   * @param bytes at least 1
   */
  public void setBytesPerSecond(long bytes) {
    if (bytes < 1) {
      throw new IllegalArgumentException("a budget of " + bytes + " bytes a second");
    }
    bytesPerSecond = bytes;
  }

  // ---- Passes

  /** There is something to be done, or it may succeed now. Locks may be held. */
  void wake() {
    synchronized (this) {
      retryMillis = RETRY_MILLIS;
      if (running) {
        wokenAgain = true;
        return;
      }
      running = true;
      if (timer != null) {
        timer.cancel();
        timer = null;
      }
    }
    dispatcher.scheduler().execute(this::begin);
  }

  private void begin() {
    inVain.clear();
    restoredInPass = 0;
    waves = exposures.oldestFirst().iterator();
    walk = null;
    step();
  }

  private void end() {
    boolean now;
    synchronized (this) {
      now = wokenAgain;
      wokenAgain = false;
      running = now;
      if (now) {
        retryMillis = RETRY_MILLIS;
      } else if (exposures.pages() > 0) {
        retryMillis = restoredInPass > 0 ? RETRY_MILLIS : retryMillis;
        timer = dispatcher.scheduler().schedule(retryMillis, this::retry);
        retryMillis = Math.min(2 * retryMillis, MAX_RETRY_MILLIS);
      }
    }
    if (now) {
      dispatcher.scheduler().execute(this::begin);
    }
  }

  private void retry() {
    synchronized (this) {
      timer = null;
      if (running) {
        return;
      }
      running = true;
    }
    begin();
  }

  // ---- A pass

  private void step() {
    List<Candidate> candidates = new ArrayList<>();
    for (int i = 0; i < STEP_BLOCKS && candidates.size() < BATCH_PAGES; i++) {
      TableWalk current = walk;
      if (current == null) {
        if (!waves.hasNext()) {
          finish(candidates);
          return;
        }
        wave = waves.next();
        walk = new TableWalk(dispatcher.persistentSpaces());
      } else if (!current.next(this::isWanted, (stripe, ref) -> look(stripe, ref, candidates))) {
        walk = null;
      }
    }
    if (candidates.isEmpty()) {
      dispatcher.scheduler().execute(this::step);
    } else {
      restore(candidates, this::step);
    }
  }

  private void finish(List<Candidate> candidates) {
    if (candidates.isEmpty()) {
      end();
    } else {
      restore(candidates, this::end);
    }
  }

  private boolean isWanted(PageSpace space) {
    return space.counters().exposedPages(wave) > 0 && !inVain.contains(space);
  }

  @SuppressWarnings("GuardedBy") // the walk holds the stripe's lock
  private void look(Stripe stripe, long ref, List<Candidate> candidates) {
    if (stripe.wave(ref) != wave) {
      return;
    }
    List<Copy> copies = stripe.copies(ref);
    Copy source = nearest(dispatcher.protector().sound(copies));
    if (source != null) {
      PageKey key = stripe.space().key(stripe.slots.key(ref));
      candidates.add(new Candidate(stripe, key, stripe.slots.word(ref), source, copies));
    }
  }

  /** One of this node's own rather than a peer's. */
  private @Nullable Copy nearest(List<Copy> copies) {
    for (Copy copy : copies) {
      if (!dispatcher.backends().get(copy.ordinal()).diesWithPeer()) {
        return copy;
      }
    }
    return copies.isEmpty() ? null : copies.getFirst();
  }

  // ---- A batch

  private void restore(List<Candidate> candidates, Runnable next) {
    UnderWay.Period period = dispatcher.underWay().begin();
    List<Work> works = new ArrayList<>();
    fetch(candidates, works)
        .compose(done -> place(works))
        .onComplete(done -> {
          settle(works);
          dispatcher.underWay().end(period);
          payThen(works, next);
        });
  }

  private Future<Void> fetch(List<Candidate> candidates, List<Work> works) {
    Map<Integer, List<Candidate>> bySource = new HashMap<>();
    for (Candidate candidate : candidates) {
      bySource
          .computeIfAbsent(candidate.source().ordinal(), ordinal -> new ArrayList<>())
          .add(candidate);
    }
    List<Future<?>> fetches = new ArrayList<>();
    bySource.forEach((ordinal, all) -> {
      for (int i = 0; i < all.size(); i += RegisteredBackend.MAX_BATCH) {
        int to = Math.min(all.size(), i + RegisteredBackend.MAX_BATCH);
        fetches.add(fetch(ordinal, all.subList(i, to), works));
      }
    });
    return Future.join(fetches).<Void>mapEmpty().otherwiseEmpty();
  }

  private Future<?> fetch(int ordinal, List<Candidate> asked, List<Work> works) {
    return dispatcher
        .backends()
        .get(ordinal)
        .get(asked.stream().map(Candidate::ref).toList())
        .compose(answers -> {
          List<Future<?>> second = new ArrayList<>();
          for (int i = 0; i < asked.size(); i++) {
            fetched(asked.get(i), answers.get(i), works, second);
          }
          return Future.join(second).otherwiseEmpty();
        });
  }

  /**
   * @param second gets a load of a page whose copy is gone or damaged: that strikes the copy, and
   *     says so if it was the last
   */
  private void fetched(
      Candidate candidate, Fetched answer, List<Work> works, List<Future<?>> second) {
    PageSpace space = candidate.stripe().space();
    if (answer instanceof Fetched.Found found
        && SlotWord.fits(candidate.word(), found.zpage(), space.config().pageSize())) {
      Zpage zpage = found.zpage();
      // answers of two backends may come on two threads
      synchronized (works) {
        works.add(new Work(candidate.stripe(), new Placing(space, zpage, candidate.copies())));
      }
    } else if (!(answer instanceof Fetched.Unavailable)) {
      second.add(space.load(candidate.key().offset()));
    }
  }

  /** A second place as the protection has it; failing that, RAM. */
  private Future<Void> place(List<Work> works) {
    List<Placing> placings = works.stream().map(Work::placing).toList();
    return new Placement(dispatcher.backends(), placings, space -> List.of())
        .run()
        .onComplete(done -> placings.forEach(this::placeInRam));
  }

  private void placeInRam(Placing placing) {
    PageSpace space = placing.space;
    RegisteredBackend ram = space.firstRam();
    if (placing.isPlaced()
        || ram == null
        || space.quota().isFull()
        || !dispatcher.reclaimer().state().hasRoom()) {
      return;
    }
    var form = RamForm.of(placing.zpage, space.config().pageSize());
    long handle = ram.putInRam(form, 0, form.limit());
    if (handle != Backend.REFUSED) {
      placing.made(new Copy(ram.ordinal, handle));
    }
  }

  private void settle(List<Work> works) {
    Freed freed = new Freed(dispatcher.backends());
    Set<PageSpace> failed = new LinkedHashSet<>();
    Set<PageSpace> restored = new LinkedHashSet<>();
    for (Work work : works) {
      PageSpace space = work.placing().space;
      if (work.placing().fresh().isEmpty()) {
        failed.add(space);
        continue;
      }
      restored.add(space);
      work.stripe().lock.lock();
      try {
        if (settle(work.stripe(), work.placing())) {
          restoredInPass++;
          space.counters().restored.increment();
        } else {
          work.placing().undo(freed);
        }
      } finally {
        work.stripe().lock.unlock();
      }
    }
    freed.release();
    failed.removeAll(restored);
    inVain.addAll(failed);
  }

  /** Whether the slot names the further copies now. */
  @SuppressWarnings("GuardedBy") // the caller holds the stripe's lock
  private boolean settle(Stripe stripe, Placing placing) {
    Protector protector = dispatcher.protector();
    long ref = stripe.findVersion(placing.zpage.key().offset(), placing.zpage.epoch());
    if (ref < 0) {
      return false;
    }
    int state = SlotWord.state(stripe.slots.word(ref));
    List<Copy> copies = stripe.copies(ref);
    boolean hasContent = state == SlotWord.PRESENT || state == SlotWord.TAKEN;
    if (!hasContent
        || placing.isStruck()
        || protector.isSafe(stripe.space(), copies)
        || !placing.isApartFrom(copies)) {
      return false;
    }
    copies.addAll(placing.fresh());
    protector.sort(stripe.space(), copies);
    if (!protector.isSafe(stripe.space(), copies) || !stripe.setCopies(ref, copies)) {
      return false;
    }
    placing.settled();
    return true;
  }

  /** Goes on when what was carried is within the budget. */
  private void payThen(List<Work> works, Runnable next) {
    long bytes = works.stream().mapToLong(work -> work.placing().zpage.length()).sum();
    long now = dispatcher.scheduler().nanoTime();
    double nanos = (double) bytes / bytesPerSecond * TimeUnit.SECONDS.toNanos(1);
    long begin = paidNanos - now > 0 ? paidNanos : now;
    paidNanos = begin + (long) nanos;
    long millis = TimeUnit.NANOSECONDS.toMillis(paidNanos - now);
    if (millis > 0) {
      dispatcher.scheduler().schedule(millis, next);
    } else {
      dispatcher.scheduler().execute(next);
    }
  }
}
