package dev.tmem.swapfile;

/**
 * Says whether a sync had better wait for more records. Who stores one page after the other comes
 * back soon after he was answered, so about as many as the last sync was for, with those who came
 * while it ran, are about to be there: together they need one sync. None waits for others longer
 * than half of what a sync takes, of late.
 *
 * <p>Nobody is waited for at all who would not be there by then. On a quick disk, or with callers
 * who have much to do for each record, it is better to bring to stable storage what there is while
 * they prepare the rest. How quickly records come is learnt from those that came between a sync and
 * the next; what was learnt is believed a little less with each sync, and so tried again now and
 * then.
 *
 * <p>Confined to the writer thread.
 */
final class Gathering {

  /** Nobody waits for longer, however slow the disk is. */
  static final long MOST_NANOS = 5_000_000;

  /** Of the mean time of a sync, and of that between two records, the last one makes an eighth. */
  private static final int MEAN_PARTS = 8;

  /** With each sync the time between two records counts for such a part less. */
  private static final int DOUBT_PARTS = 64;

  private long meanNanos;

  /** From one record to the next; 0: nothing is known, so whoever is expected is waited for. */
  private long pauseNanos;

  /** Records that the last sync was for, and those that came while it ran. */
  private int expected;

  /** Those that came while it ran; until the first sync there is nothing to learn from. */
  private int came;

  private boolean hasSynced;
  private long syncedNanos;

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
    int missing = Math.max(0, expected - records);
    if (!begun) {
      begun = true;
      pauseNanos -= pauseNanos / DOUBT_PARTS;
      long most = Math.min(meanNanos / 2, MOST_NANOS);
      untilNanos = missing * pauseNanos > most ? nowNanos : nowNanos + most;
    }
    if (missing > 0 && leftNanos(nowNanos) > 0) {
      return missing;
    }
    learn(records - came, nowNanos);
    return 0;
  }

  /** So many records have come since the last sync. */
  private void learn(int fresh, long nowNanos) {
    if (hasSynced && fresh > 0) {
      long pause = Math.min((nowNanos - syncedNanos) / fresh, MOST_NANOS);
      pauseNanos += (pause - pauseNanos) / MEAN_PARTS;
      hasSynced = false;
    }
  }

  /** For how long they are waited for. */
  long leftNanos(long nowNanos) {
    return untilNanos - nowNanos;
  }

  /**
   * A sync is over.
   *
   * @param records that it was for
   * @param cameMeanwhile records that came while it ran
   * @param nanos it took
   */
  void synced(int records, int cameMeanwhile, long nanos, long nowNanos) {
    meanNanos += (nanos - meanNanos) / MEAN_PARTS;
    expected = records + cameMeanwhile;
    came = cameMeanwhile;
    begun = false;
    hasSynced = true;
    syncedNanos = nowNanos;
  }
}
