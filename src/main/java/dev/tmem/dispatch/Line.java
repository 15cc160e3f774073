package dev.tmem.dispatch;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
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
    /** Operations; each returns what tells its caller of the result. */
    final ArrayDeque<Supplier<Runnable>> waiting = new ArrayDeque<>();

    /** A store is under way. */
    boolean storing;

    /** A thread works on the line. */
    boolean served;

    /** The thread whose operation takes effect right now; what its caller does then comes later. */
    @Nullable Thread turn;
  }

  private final StripeLock lock;

  private final Map<Long, BusyPage> pages = new HashMap<>();

  Line(StripeLock lock) {
    this.lock = lock;
  }

  /** Whether an operation on the page must wait; false for the one whose turn it is. */
  boolean isBusy(long offset) {
    if (pages.isEmpty()) {
      return false;
    }
    BusyPage page = pages.get(offset);
    return page != null && (page.storing || !Thread.currentThread().equals(page.turn));
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
    busy(offset).waiting.add(() -> carryOut(operation, promise));
    return promise.future();
  }

  private static <T extends @Nullable Object> Runnable carryOut(
      Supplier<Future<T>> operation, Promise<T> promise) {
    try {
      Future<T> result = operation.get();
      return () -> result.onComplete(promise);
    } catch (RuntimeException e) {
      return () -> promise.fail(e);
    }
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
      Supplier<Runnable> operation;
      lock.lock();
      try {
        page = pages.get(offset);
        if (page == null || page.storing || page.served) {
          return;
        }
        operation = page.waiting.poll();
        if (operation == null) {
          pages.remove(offset);
          return;
        }
        page.served = true;
        page.turn = Thread.currentThread();
      } finally {
        lock.unlock();
      }
      try {
        carryOut(page, operation).run();
      } finally {
        served(page);
      }
    }
  }

  private Runnable carryOut(BusyPage page, Supplier<Runnable> operation) {
    try {
      return operation.get();
    } finally {
      lock.lock();
      try {
        page.turn = null;
      } finally {
        lock.unlock();
      }
    }
  }

  private void served(BusyPage page) {
    lock.lock();
    try {
      page.served = false;
    } finally {
      lock.unlock();
    }
  }
}
