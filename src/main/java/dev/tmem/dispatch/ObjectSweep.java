package dev.tmem.dispatch;

import dev.tmem.TmemException;
import dev.tmem.memory.ObjectDirectory;
import dev.tmem.memory.ObjectHash;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.Arrays;

/**
 * Goes once through the objects of a clean cache and drops the pages of some. Their names are taken
 * off first, block by block, so that the pages are out of reach; then they are freed.
 *
 * <p>Confined to the task that runs it.
 */
final class ObjectSweep {

  private final PageSpace space;
  private final ObjectHash hash;
  private final CachePages.ObjectFilter filter;
  private final ObjectRemoval removal;
  private long[] names = new long[64];
  private int count;

  ObjectSweep(PageSpace space, ObjectHash hash, CachePages.ObjectFilter filter) {
    this.space = space;
    this.hash = hash;
    this.filter = filter;
    this.removal = new ObjectRemoval(space.dispatcher().scheduler(), space.counters().dropped);
  }

  /** Completes when the pages are out of reach; they are freed then. */
  Future<Void> run() {
    Promise<Void> gone = Promise.promise();
    space
        .dispatcher()
        .scheduler()
        .execute(() -> {
          try {
            for (Stripe stripe : space.stripes()) {
              long cursor = 0;
              while (cursor >= 0) {
                cursor = detachSome(stripe, cursor);
              }
            }
          } catch (TmemException closed) {
            gone.fail(closed);
            return;
          }
          gone.complete();
          removal.run();
        });
    return gone.future();
  }

  @SuppressWarnings("GuardedBy") // the visitor runs within the sweep, locked
  private long detachSome(Stripe stripe, long cursor) {
    stripe.lock.lock();
    try {
      space.checkOpen();
      ObjectDirectory objects = stripe.objects;
      if (objects == null) {
        return -1;
      }
      count = 0;
      long next = objects.names(cursor, this::look);
      for (int i = 0; i < count; i += 2) {
        long number = objects.detach(names[i], names[i + 1]);
        if (number != 0) {
          removal.add(stripe, number);
        }
      }
      return next;
    } finally {
      stripe.lock.unlock();
    }
  }

  private void look(long first, long second) {
    long high = hash.high(first, second);
    if (filter.test(high, hash.low(high, second))) {
      if (count == names.length) {
        names = Arrays.copyOf(names, 2 * count);
      }
      names[count++] = first;
      names[count++] = second;
    }
  }
}
