package dev.tmem.swapfile;

import java.util.concurrent.TimeUnit;

/**
 * How much the cleaner may write, so that it never wears a disk out for nothing. What it writes
 * because a put waits for room is bounded by what puts have written; what it writes ahead, while
 * nothing else is to be done, is bounded by time. A segment is debited before it is moved, and what
 * was not written of it is refunded. Confined to the writer thread.
 */
final class CleanBudget {

  /**
   * Bytes that may be moved for each byte of new records. In a file as full as it may be the
   * emptiest segment is 15/16 alive, so 15 are needed; twice that is a fault.
   */
  static final int MOVED_FOR_NEW = 32;

  /** What may be moved ahead within a second. */
  static final long AHEAD_BYTES_PER_SECOND = 64L << 20;

  /** Segments that may be moved before anything was earned. */
  private static final int FIRST_SEGMENTS = 64;

  /** The most that is saved up of either kind, in segments. */
  private static final int MOST_SEGMENTS = 4096;

  private final long mostBytes;
  private long earned;
  private long ahead;
  private long newBytesSeen;
  private long filledNanos;

  CleanBudget(int segmentBytes, long nowNanos) {
    mostBytes = (long) MOST_SEGMENTS * segmentBytes;
    earned = (long) FIRST_SEGMENTS * segmentBytes;
    ahead = segmentBytes;
    filledNanos = nowNanos;
  }

  /**
   * Takes what moving a segment may need.
   *
   * @param waited a put waits for the room
   * @param newBytes of all records that puts have written so far
   * @return false: there is not as much
   */
  boolean tryDebit(long bytes, boolean waited, long newBytes, long nowNanos) {
    earned = Math.min(mostBytes, earned + (newBytes - newBytesSeen) * MOVED_FOR_NEW);
    newBytesSeen = newBytes;
    double seconds = (nowNanos - filledNanos) / (double) TimeUnit.SECONDS.toNanos(1);
    long filled = (long) (seconds * AHEAD_BYTES_PER_SECOND);
    if (filled > 0) {
      ahead = Math.min(AHEAD_BYTES_PER_SECOND, ahead + filled);
      filledNanos = nowNanos;
    }
    if (waited ? bytes > earned : bytes > ahead) {
      return false;
    }
    if (waited) {
      earned -= bytes;
    } else {
      ahead -= bytes;
    }
    return true;
  }

  /** This much of what was debited was not written. */
  void refund(long bytes, boolean waited) {
    if (waited) {
      earned = Math.min(mostBytes, earned + bytes);
    } else {
      ahead = Math.min(AHEAD_BYTES_PER_SECOND, ahead + bytes);
    }
  }
}
