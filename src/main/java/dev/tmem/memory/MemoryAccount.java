package dev.tmem.memory;

import java.util.concurrent.atomic.AtomicLong;

/**
 * What the node keeps outside the heap, against its limit.
 *
 * <p>Page data may not use the last part of the limit, the <em>headroom</em>: tables still grow in
 * it, so that a node whose pool is full of pages can write down where it moves them.
 *
 * <p>Invariant: a charge succeeds only if what is used stays within the limit that the charge saw.
 * A limit that is lowered below what is used refuses every charge until enough was released.
 *
 * <p>Thread-safe: atomic, no lock.
 */
public final class MemoryAccount {

  /** The headroom is this part of the limit. */
  static final int HEADROOM_PART = 32;

  /** More headroom than this is never kept; it carries the tables of over a million pages. */
  static final long HEADROOM_MAX_BYTES = 64L << 20;

  private final AtomicLong used = new AtomicLong();
  private final AtomicLong usedMax = new AtomicLong();
  private volatile long limit;

  /**
   * @param limitBytes 0 or more
   * @throws IllegalArgumentException if negative
   */
  public MemoryAccount(long limitBytes) {
    this.limit = checkedLimit(limitBytes);
  }

  /** Charges page data: up to {@link #dataLimit}; false: refused, nothing changed. */
  public boolean tryCharge(long bytes) {
    return tryCharge(bytes, dataLimit());
  }

  /** Charges tables and what a move needs: up to {@link #limit}; false: refused. */
  public boolean tryChargeTable(long bytes) {
    return tryCharge(bytes, limit);
  }

  private boolean tryCharge(long bytes, long bound) {
    checkBytes(bytes);
    long before;
    do {
      before = used.get();
      if (bytes > bound - before) {
        return false;
      }
    } while (!used.compareAndSet(before, before + bytes));
    raiseMax(before + bytes);
    return true;
  }

  /**
   * Gives a charge back.
   *
   * @throws IllegalStateException if that is more than is charged; nothing changes
   */
  public void release(long bytes) {
    checkBytes(bytes);
    long before;
    do {
      before = used.get();
      if (bytes > before) {
        throw new IllegalStateException("releasing " + bytes + " bytes, charged are " + before);
      }
    } while (!used.compareAndSet(before, before - bytes));
  }

  /** Bytes charged now. */
  public long used() {
    return used.get();
  }

  /** The most bytes that were ever charged at once since the start or the last reset. */
  public long usedMax() {
    return usedMax.get();
  }

  /** Begins the high-water mark anew at what is used now. */
  public void resetUsedMax() {
    usedMax.set(used.get());
    raiseMax(used.get()); // a charge that came between the two calls above
  }

  /** The bound of everything. */
  public long limit() {
    return limit;
  }

  /** The bound of page data: the limit without the headroom. */
  public long dataLimit() {
    long bound = limit;
    return bound - Math.min(bound / HEADROOM_PART, HEADROOM_MAX_BYTES);
  }

  /**
   * Changes the bound, at once; what is charged stays charged.
   *
   * @throws IllegalArgumentException if negative
   */
  public void setLimit(long limitBytes) {
    limit = checkedLimit(limitBytes);
  }

  private void raiseMax(long seen) {
    if (seen > usedMax.get()) {
      usedMax.accumulateAndGet(seen, Math::max);
    }
  }

  private static void checkBytes(long bytes) {
    if (bytes < 0) {
      throw new IllegalArgumentException("a charge of " + bytes + " bytes");
    }
  }

  private static long checkedLimit(long limitBytes) {
    if (limitBytes < 0) {
      throw new IllegalArgumentException("a limit of " + limitBytes + " bytes");
    }
    return limitBytes;
  }
}
