package dev.tmem.dispatch;

import dev.tmem.PageFault;
import dev.tmem.backend.BackendHost;
import dev.tmem.backend.PageKey;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongPredicate;

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
  public Future<Long> copiesGone(LongPredicate handles, String reason) {
    return strike(handles, reason, true);
  }

  @Override
  public Future<Long> copiesDoubtful(LongPredicate handles, String reason) {
    return strike(handles, reason, false);
  }

  /**
   * @param loseLast whether a page's last copy is struck too, which makes the page lost
   */
  private Future<Long> strike(LongPredicate handles, String reason, boolean loseLast) {
    Promise<Long> promise = Promise.promise();
    dispatcher
        .scheduler()
        .execute(() -> {
          TableWalk walk = new TableWalk(dispatcher.spaces());
          List<Runnable> losses = new ArrayList<>();
          long last = 0;
          boolean more = true;
          while (more) {
            long[] found = {0};
            more =
                walk.next((stripe, ref) ->
                    found[0] += strikeIn(stripe, ref, handles, reason, loseLast, losses));
            losses.forEach(Runnable::run);
            losses.clear();
            last += found[0];
          }
          promise.complete(last);
        });
    return promise.future();
  }

  /** 1 if the copy struck, or to be struck, is the page's last; else 0. */
  @SuppressWarnings("GuardedBy") // the walk holds the stripe's lock
  private int strikeIn(
      Stripe stripe,
      long ref,
      LongPredicate handles,
      String reason,
      boolean loseLast,
      List<Runnable> losses) {
    List<Copy> copies = stripe.copies(ref);
    List<Copy> rest = new ArrayList<>(copies);
    rest.removeIf(c -> c.ordinal() == backend.ordinal && handles.test(c.handle()));
    if (rest.size() == copies.size()) {
      return 0;
    }
    if (!rest.isEmpty()) {
      stripe.setCopies(ref, rest);
      return 0;
    }
    if (loseLast) {
      PageSpace space = stripe.space();
      PageFault fault =
          new PageFault(space.config().name(), stripe.slots.key(ref), backend.name(), reason);
      stripe.markLost(ref);
      losses.add(() -> space.lostNow(fault));
    }
    return 1;
  }

  @Override
  public Future<Long> evacuate(LongPredicate handles) {
    List<RegisteredBackend> targets = List.of(dispatcher.backends().chain());
    return new Evacuation(dispatcher, backend, handles, targets, Long.MAX_VALUE)
        .run()
        .compose(moved -> count(handles));
  }

  private Future<Long> count(LongPredicate handles) {
    Promise<Long> promise = Promise.promise();
    dispatcher.scheduler().execute(() -> promise.complete(countNow(handles)));
    return promise.future();
  }

  @SuppressWarnings("GuardedBy") // the walk holds the stripe's lock
  private long countNow(LongPredicate handles) {
    long[] count = {0};
    new TableWalk(dispatcher.spaces())
        .all((stripe, ref) -> {
          for (Copy copy : stripe.copies(ref)) {
            if (copy.ordinal() == backend.ordinal && handles.test(copy.handle())) {
              count[0]++;
            }
          }
        });
    return count[0];
  }
}
