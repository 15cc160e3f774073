package dev.tmem.dispatch;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The busy pages of a stripe. A page is busy while a store of it waits for its place; operations
 * that reach it meanwhile stand in line, and take effect one by one, in order, when the store has
 * ended. A page stays busy until its line is empty, so nobody overtakes.
 *
 * <p>Confined to the lock of its stripe, which every caller holds; only {@link #serve} takes it by
 * itself, since it lets go of it in between.
 */
final class Line {

  private static final class BusyPage {
    final ArrayDeque<Runnable> waiting = new ArrayDeque<>();

    /** A store is under way. */
    boolean storing;

    /** The thread that carries out an operation of the line right now. */
    @Nullable Thread server;
  }

  private final ReentrantLock lock;

  private final Map<Long, BusyPage> pages = new HashMap<>();

  Line(ReentrantLock lock) {
    this.lock = lock;
  }

  /** Whether an operation on the page must wait; false for the one whose turn it is. */
  boolean isBusy(long offset) {
    if (pages.isEmpty()) {
      return false;
    }
    BusyPage page = pages.get(offset);
    return page != null && (page.storing || !Thread.currentThread().equals(page.server));
  }

  /** Makes the page busy with a store, until {@link #endStoring}. */
  void beginStoring(long offset) {
    pages.computeIfAbsent(offset, key -> new BusyPage()).storing = true;
  }

  /** The store has ended; {@link #serve} has to follow, with the lock released. */
  void endStoring(long offset) {
    busy(offset).storing = false;
  }

  /** Puts an operation on a busy page in line. */
  <T extends @Nullable Object> Future<T> await(long offset, Supplier<Future<T>> operation) {
    Promise<T> promise = Promise.promise();
    busy(offset).waiting.add(() -> operation.get().onComplete(promise));
    return promise.future();
  }

  private BusyPage busy(long offset) {
    BusyPage page = pages.get(offset);
    if (page == null) {
      throw new IllegalStateException("page " + offset + " is not busy");
    }
    return page;
  }

  List<Long> busyOffsets() {
    return new ArrayList<>(pages.keySet());
  }

  /** Carries out what stands in line, until it is empty or another store has begun. */
  void serve(long offset) {
    while (true) {
      BusyPage page;
      Runnable operation;
      lock.lock();
      try {
        page = pages.get(offset);
        if (page == null || page.storing || page.server != null) {
          return;
        }
        operation = page.waiting.poll();
        if (operation == null) {
          pages.remove(offset);
          return;
        }
        page.server = Thread.currentThread();
      } finally {
        lock.unlock();
      }
      try {
        operation.run();
      } finally {
        served(page);
      }
    }
  }

  private void served(BusyPage page) {
    lock.lock();
    try {
      page.server = null;
    } finally {
      lock.unlock();
    }
  }
}
