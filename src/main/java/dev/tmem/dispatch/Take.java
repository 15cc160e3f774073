package dev.tmem.dispatch;

import dev.tmem.backend.Scheduler;
import io.vertx.core.Future;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * An exclusive load between its two phases. The page's copies stay where they are, in state TAKEN;
 * the epoch tells whether the take still stands.
 *
 * <p>Thread-safe: under this object's monitor the first decision is made, and then kept.
 */
public final class Take {

  /** After that long without a decision the page is put back. */
  public static final long TIMEOUT_MILLIS = 30_000;

  private final PageSpace space;
  private final long offset;
  private final Loaded loaded;
  private final Scheduler.Timer timer;
  private @Nullable Boolean stood;

  private Take(PageSpace space, long offset, Loaded loaded) {
    this.space = space;
    this.offset = offset;
    this.loaded = loaded;
    this.timer = space.dispatcher().scheduler().schedule(TIMEOUT_MILLIS, this::putBack);
  }

  /**
   * Takes a page; null if it is not present.
   *
   * @param load of the page, which has begun
   */
  static Future<@Nullable Take> of(PageSpace space, long offset, Future<@Nullable Loaded> load) {
    return load.compose(loaded -> {
      if (loaded == null) {
        return Future.succeededFuture();
      }
      // Another version by now, or taken by somebody else: look again.
      return mark(space, offset, loaded.epoch())
          ? Future.succeededFuture(new Take(space, offset, loaded))
          : of(space, offset, space.load(offset));
    });
  }

  private static boolean mark(PageSpace space, long offset, long epoch) {
    Stripe stripe = space.stripe(offset);
    stripe.lock.lock();
    try {
      long ref = stripe.findVersion(offset, epoch);
      if (ref < 0 || SlotWord.state(stripe.slots.word(ref)) != SlotWord.PRESENT) {
        return false;
      }
      long word = stripe.slots.word(ref) & ~SlotWord.MOVING;
      stripe.slots.setWord(ref, SlotWord.withState(word, SlotWord.TAKEN));
      return true;
    } finally {
      stripe.lock.unlock();
    }
  }

  /** The page that was taken. */
  public Loaded loaded() {
    return loaded;
  }

  /** Frees the page; whether the take still stood. */
  public boolean commit() {
    Freed freed = new Freed(space.dispatcher().backends());
    boolean decision = decide(() -> commitNow(freed));
    freed.release();
    return decision;
  }

  /** As {@link #commit}; of a durable area, when that is on record. */
  public Future<Boolean> commitSafely() {
    DurablePages durable = space.durable();
    if (durable == null) {
      return Future.succeededFuture(commit());
    }
    synchronized (this) {
      if (stood != null) {
        return Future.succeededFuture(stood);
      }
      timer.cancel();
      // Decided for good only when it is on record: until then a second commit asks again.
    }
    return durable.invalidateTaken(offset, loaded.epoch()).onSuccess(this::keep);
  }

  private synchronized void keep(boolean decision) {
    if (stood == null) {
      stood = decision;
    }
  }

  private boolean commitNow(Freed freed) {
    Stripe stripe = space.stripe(offset);
    stripe.lock.lock();
    try {
      long ref = findTaken(stripe);
      if (ref >= 0) {
        stripe.remove(ref, freed);
      }
      return ref >= 0;
    } finally {
      stripe.lock.unlock();
    }
  }

  /** Makes the page visible again; whether the take still stood. */
  public boolean putBack() {
    return decide(this::putBackNow);
  }

  private boolean putBackNow() {
    Stripe stripe = space.stripe(offset);
    stripe.lock.lock();
    try {
      long ref = findTaken(stripe);
      if (ref >= 0) {
        long word = stripe.slots.word(ref);
        stripe.slots.setWord(ref, SlotWord.withState(word, SlotWord.PRESENT));
      }
      return ref >= 0;
    } finally {
      stripe.lock.unlock();
    }
  }

  private synchronized boolean decide(BooleanSupplier decision) {
    if (stood == null) {
      timer.cancel();
      stood = decision.getAsBoolean();
    }
    return stood;
  }

  @SuppressWarnings("GuardedBy") // the callers hold the stripe's lock
  private long findTaken(Stripe stripe) {
    long ref = stripe.findVersion(offset, loaded.epoch());
    return ref >= 0 && SlotWord.state(stripe.slots.word(ref)) == SlotWord.TAKEN ? ref : -1;
  }
}
