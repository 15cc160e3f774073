package dev.tmem.dispatch;

import dev.tmem.PageFault;
import dev.tmem.backend.BackendHost;
import dev.tmem.backend.CopyWalk;
import dev.tmem.backend.PageKey;
import dev.tmem.backend.PageRef;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongPredicate;
import org.jspecify.annotations.Nullable;

/** The dispatcher, as one of its backends may call it. Thread-safe. */
final class Host implements BackendHost {

  private final Dispatcher dispatcher;
  private final RegisteredBackend backend;

  Host(Dispatcher dispatcher, RegisteredBackend backend) {
    this.dispatcher = dispatcher;
    this.backend = backend;
  }

  @Override
  public boolean rehandle(PageKey key, long epoch, long oldHandle, long newHandle) {
    PageSpace space = dispatcher.space(key.space());
    if (space == null) {
      return false;
    }
    Stripe stripe = space.stripe(key.offset());
    stripe.lock.lock();
    try {
      long ref = stripe.findVersion(key.offset(), epoch);
      if (ref < 0) {
        return false;
      }
      List<Copy> copies = stripe.copies(ref);
      int at = copies.indexOf(new Copy(backend.ordinal, oldHandle));
      if (at < 0) {
        return false;
      }
      copies.set(at, new Copy(backend.ordinal, newHandle));
      return stripe.setCopies(ref, copies);
    } finally {
      stripe.lock.unlock();
    }
  }

  @Override
  public boolean names(PageRef ref) {
    Copy copy = new Copy(backend.ordinal, ref.handle());
    // Looked at first: what leaves the set is in its slot by then, or free.
    if (dispatcher.inFlight().contains(backend.ordinal, ref)) {
      return true;
    }
    PageSpace space = dispatcher.space(ref.key().space());
    if (space == null) {
      return false;
    }
    long offset = ref.key().offset();
    Stripe stripe = space.stripe(offset);
    stripe.lock.lock();
    try {
      long slot = stripe.findVersion(offset, ref.epoch());
      // A store that waits names its copies at its end.
      return slot >= 0
          && (SlotWord.state(stripe.slots.word(slot)) == SlotWord.STORING
              || stripe.copies(slot).contains(copy));
    } finally {
      stripe.lock.unlock();
    }
  }

  @Override
  public Future<Long> copiesGone(LongPredicate handles, String reason) {
    return strike(handles, reason, true);
  }

  @Override
  public Future<Long> copiesDoubtful(LongPredicate handles, String reason) {
    return strike(handles, reason, false);
  }

  /**
   * @param known whether the copies are known to be gone: then a page's last one is struck too,
   *     which makes the page lost; else the struck ones are freed, should their place come back
   */
  private Future<Long> strike(LongPredicate handles, String reason, boolean known) {
    return dispatcher.compute(() -> {
      dispatcher.inFlight().strike(copy -> isMeant(copy, handles));
      TableWalk walk = new TableWalk(dispatcher.spaces());
      List<Runnable> losses = new ArrayList<>();
      Freed freed = new Freed(dispatcher.backends());
      long[] last = {0};
      boolean more = true;
      while (more) {
        more =
            walk.next((stripe, ref) -> {
              if (strikeIn(stripe, ref, handles, known ? null : freed)) {
                last[0]++;
                if (known) {
                  losses.add(lose(stripe, ref, reason));
                }
              }
            });
        freed.release();
        losses.forEach(Runnable::run);
        losses.clear();
      }
      return last[0];
    });
  }

  /**
   * Strikes a page's copies that pass the test, if it has others.
   *
   * @param freed gets what was struck; null: it is gone
   * @return whether the page has no other copy; then it is as it was
   */
  @SuppressWarnings("GuardedBy") // the walk holds the stripe's lock
  private boolean strikeIn(Stripe stripe, long ref, LongPredicate handles, @Nullable Freed freed) {
    List<Copy> struck = new ArrayList<>(stripe.copies(ref));
    List<Copy> rest = new ArrayList<>(struck);
    rest.removeIf(copy -> isMeant(copy, handles));
    struck.removeAll(rest);
    if (struck.isEmpty()) {
      return false;
    }
    if (rest.isEmpty()) {
      return true;
    }
    stripe.setCopies(ref, rest);
    if (freed != null) {
      long epoch = SlotWord.epoch(stripe.slots.word(ref));
      freed.addAll(stripe.space().key(stripe.slots.key(ref)), epoch, struck);
    }
    return false;
  }

  private boolean isMeant(Copy copy, LongPredicate handles) {
    return copy.ordinal() == backend.ordinal && handles.test(copy.handle());
  }

  /** A page has lost its last copy; what is to be said when the lock is released. */
  @SuppressWarnings("GuardedBy") // the walk holds the stripe's lock
  private Runnable lose(Stripe stripe, long ref, String reason) {
    PageSpace space = stripe.space();
    PageFault fault =
        new PageFault(space.config().name(), stripe.slots.key(ref), backend.name(), reason);
    stripe.markLost(ref);
    return () -> space.lostNow(fault);
  }

  @Override
  public Future<Long> evacuate(LongPredicate handles) {
    return new Evacuation(dispatcher, backend, handles, Targets.all(), Long.MAX_VALUE)
        .run()
        .compose(moved -> count(handles));
  }

  @Override
  public CopyWalk copies() {
    return new NamedCopies(dispatcher, backend);
  }

  @Override
  public boolean copyGone(PageRef copy, String reason) {
    PageSpace space = dispatcher.space(copy.key().space());
    if (space == null) {
      return false;
    }
    long offset = copy.key().offset();
    Stripe stripe = space.stripe(offset);
    Runnable loss;
    stripe.lock.lock();
    try {
      long ref = stripe.findVersion(offset, copy.epoch());
      if (ref < 0 || !stripe.copies(ref).contains(new Copy(backend.ordinal, copy.handle()))) {
        return false;
      }
      boolean last = strikeIn(stripe, ref, handle -> handle == copy.handle(), null);
      loss = last ? lose(stripe, ref, reason) : () -> {};
    } finally {
      stripe.lock.unlock();
    }
    if (backend.diesWithPeer()) {
      backend.free(List.of(copy));
    }
    loss.run();
    return true;
  }

  @Override
  public void roomFound() {
    dispatcher.exposures().restorer().wake();
    dispatcher.reclaimer().lookNow();
  }

  @Override
  public Future<List<Boolean>> moveAway(List<PageRef> copies) {
    return Evacuation.of(dispatcher, backend, copies, Targets.withRoom())
        .run()
        .map(moved -> copies.stream().map(copy -> !names(copy)).toList());
  }

  /** Copies whose handle passes the test, and which a page names. */
  Future<Long> count(LongPredicate handles) {
    return dispatcher.compute(() -> countNow(handles));
  }

  @SuppressWarnings("GuardedBy") // the walk holds the stripe's lock
  private long countNow(LongPredicate handles) {
    long[] count = {0};
    new TableWalk(dispatcher.spaces())
        .all((stripe, ref) ->
            count[0] += stripe.copies(ref).stream().filter(copy -> isMeant(copy, handles)).count());
    return count[0];
  }
}
