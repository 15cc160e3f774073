package dev.tmem.dispatch;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.tmem.TmemEvent;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Which pages are exposed: their copies are not what their protection asks for, since a lender or a
 * disk was lost or a copy was damaged. And since when.
 *
 * <p>There is no list of them, which would grow with their number. The slot of an exposed page has
 * a number of four bits, its wave, in the place of the age, which only pages in RAM have ({@link
 * SlotWord}). A wave is what became exposed within a second; there are at most {@value #WAVES} at a
 * time, and while so many are open the newest takes in what comes, so that an exposure is told to
 * be older than it is, never younger. The {@link Restorer} finds the pages of the oldest wave by a
 * walk over the slots.
 *
 * <p>Thread-safe: this object's monitor, a leaf, taken under a stripe's lock.
 *
 * <p>Invariant: a wave is open exactly if slots have its number; {@code pages} counts them.
 */
public final class Exposures {

  /** Waves are numbered from 1; a slot with 0 is safe. */
  static final int WAVES = SlotWord.MAX_AGE;

  /** What becomes exposed within this of a wave's beginning belongs to it. */
  private static final long WAVE_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final Dispatcher dispatcher;
  private final Restorer restorer;

  @GuardedBy("this")
  private final long[] pages = new long[WAVES + 1];

  @GuardedBy("this")
  private final long[] sinceNanos = new long[WAVES + 1];

  /** The wave that began last; 0: none has. */
  @GuardedBy("this")
  private int newest;

  /** Whether a look at every slot is under way, and whether another one is wanted after it. */
  @GuardedBy("this")
  private boolean looking;

  @GuardedBy("this")
  private boolean lookAgain;

  Exposures(Dispatcher dispatcher) {
    this.dispatcher = dispatcher;
    this.restorer = new Restorer(dispatcher, this);
    dispatcher.notifier().listen(this::heard);
  }

  /** Brings what is exposed back to safety. */
  public Restorer restorer() {
    return restorer;
  }

  // ---- Pages

  /** A page becomes exposed; the caller holds its stripe's lock, and writes the wave returned. */
  int begin(PageSpace space) {
    boolean first;
    int wave;
    synchronized (this) {
      wave = waveNow();
      first = pages[wave]++ == 0;
    }
    space.counters().exposed(wave, 1);
    if (first) {
      restorer.wake();
    }
    return wave;
  }

  /** A page is exposed no more, or is no more; nothing if the wave is 0. */
  void end(PageSpace space, int wave) {
    if (wave == 0) {
      return;
    }
    synchronized (this) {
      pages[wave]--;
    }
    space.counters().exposed(wave, -1);
  }

  @GuardedBy("this")
  private int waveNow() {
    long now = dispatcher.scheduler().nanoTime();
    boolean open = newest > 0 && pages[newest] > 0;
    if (open && now - sinceNanos[newest] < WAVE_NANOS) {
      return newest;
    }
    for (int wave = 1; wave <= WAVES; wave++) {
      if (pages[wave] == 0) {
        sinceNanos[wave] = now;
        newest = wave;
        return wave;
      }
    }
    return newest;
  }

  // ---- Looking

  /** The open waves, the oldest first. */
  synchronized List<Integer> oldestFirst() {
    List<Integer> waves = new ArrayList<>();
    for (int wave = 1; wave <= WAVES; wave++) {
      if (pages[wave] > 0) {
        waves.add(wave);
      }
    }
    long now = dispatcher.scheduler().nanoTime();
    waves.sort(Comparator.comparingLong(wave -> -age(wave, now)));
    return waves;
  }

  @SuppressWarnings("GuardedBy") // the callers hold the monitor
  private long age(int wave, long now) {
    return now - sinceNanos[wave];
  }

  /** Exposed pages of all spaces. */
  public synchronized long pages() {
    long sum = 0;
    for (long some : pages) {
      sum += some;
    }
    return sum;
  }

  /** For how many seconds the page that is exposed longest has been so; 0: none is. */
  public long timeToSafeSeconds() {
    List<Integer> waves = oldestFirst();
    return waves.isEmpty() ? 0 : seconds(waves.getFirst());
  }

  /** As {@link #timeToSafeSeconds()}, of one space's pages. */
  public long timeToSafeSeconds(PageSpace space) {
    for (int wave : oldestFirst()) {
      if (space.counters().exposedPages(wave) > 0) {
        return seconds(wave);
      }
    }
    return 0;
  }

  private synchronized long seconds(int wave) {
    return TimeUnit.NANOSECONDS.toSeconds(age(wave, dispatcher.scheduler().nanoTime()));
  }

  // ---- Backends that change

  /** A backend frozen for its faults exposes what it has; one that comes back makes it safe. */
  private void heard(TmemEvent event) {
    if (event instanceof TmemEvent.BackendState || event instanceof TmemEvent.BackendGone) {
      lookAtAll();
    }
    if (event instanceof TmemEvent.BackendState || event instanceof TmemEvent.BackendRegistered) {
      restorer.wake();
    }
  }

  private void lookAtAll() {
    synchronized (this) {
      if (looking) {
        lookAgain = true;
        return;
      }
      looking = true;
    }
    dispatcher.scheduler().execute(() -> look(new TableWalk(dispatcher.persistentSpaces())));
  }

  /** A block of slots at a time, so that no thread is held. */
  @SuppressWarnings("GuardedBy") // the walk holds the stripe's lock
  private void look(TableWalk walk) {
    boolean more = true;
    for (int i = 0; more && i < Restorer.STEP_BLOCKS; i++) {
      more = walk.next((stripe, ref) -> stripe.remark(ref));
    }
    if (more) {
      dispatcher.scheduler().execute(() -> look(walk));
      return;
    }
    boolean again;
    synchronized (this) {
      again = lookAgain;
      lookAgain = false;
      looking = false;
    }
    if (again) {
      lookAtAll();
    }
  }
}
