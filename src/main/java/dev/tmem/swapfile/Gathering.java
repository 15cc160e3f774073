package dev.tmem.swapfile;

/**
 * Says whether a sync had better wait for more records. Who stores one page after the other comes
 * back soon after he was answered, so about as many as the last sync was for, with those who came
 * while it ran, are about to be there: together they need one sync. None waits for others longer
 * than half of what a sync takes, of late. Confined to the writer thread.
 */
final class Gathering {

  /** Nobody waits for longer, however slow the disk is. */
  static final long MOST_NANOS = 5_000_000;

  /** Of the mean time of a sync the last one makes an eighth. */
  private static final int MEAN_PARTS = 8;

  private long meanNanos;

  /** Records that the last sync was for, and those that came while it ran. */
  private int expected;

  /** Something has waited since the last sync, until then at the most. */
  private boolean begun;

  private long untilNanos;

  /**
   * How many records are worth waiting for.
   *
   * @param records that wait for the sync
   * @return 0: none
   */
  int missing(int records, long nowNanos) {
    if (!begun) {
      begun = true;
      untilNanos = nowNanos + Math.min(meanNanos / 2, MOST_NANOS);
    }
    return leftNanos(nowNanos) > 0 ? Math.max(0, expected - records) : 0;
  }

  /** For how long they are waited for. */
  long leftNanos(long nowNanos) {
    return untilNanos - nowNanos;
  }

  /**
   * A sync is over.
   *
   * @param records that it was for
   * @param came records that came while it ran
   */
  void synced(int records, int came, long nanos) {
    meanNanos += (nanos - meanNanos) / MEAN_PARTS;
    expected = records + came;
    begun = false;
  }
}
