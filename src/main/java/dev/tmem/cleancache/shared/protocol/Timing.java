package dev.tmem.cleancache.shared.protocol;

/**
 * The times of the protocol. Immutable.
 *
 * @param leaseMillis a home serves so long, by its own clock, after the moment at which it asked
 *     for the lease that it got
 * @param renewMillis between two requests for a lease
 * @param helloMillis between two messages by which a node tells the others that it is there
 * @param suspectMillis a member that is not heard for so long is proposed to be left out
 * @param listenMillis a newcomer listens so long for a lineage before it founds one
 * @param proposalMillis a proposal that is not agreed upon is given up after it
 * @param getMillis a get that is not answered misses after it
 * @param callMillis a put or invalidate that is not answered fails after it
 * @param resendMillis an unanswered put or invalidate is sent again after it
 * @param retryMillis one that its home would not serve yet is sent again after it
 */
public record Timing(
    int leaseMillis,
    int renewMillis,
    int helloMillis,
    int suspectMillis,
    int listenMillis,
    int proposalMillis,
    int getMillis,
    int callMillis,
    int resendMillis,
    int retryMillis) {

  /** How much quicker one clock may run than another, in percent. */
  public static final int DRIFT_PERCENT = 20;

  public static final Timing DEFAULT =
      new Timing(3_000, 750, 500, 5_000, 1_000, 500, 1_000, 6_000, 500, 50);

  public Timing {
    if (leaseMillis < 2 * renewMillis
        || renewMillis < 1
        || helloMillis < 1
        || suspectMillis < 2 * helloMillis
        || listenMillis < helloMillis
        || proposalMillis < 1
        || getMillis < 1
        || callMillis < leaseMillis * (100 + DRIFT_PERCENT) / 100
        || resendMillis < 1
        || retryMillis < 1) {
      throw new IllegalArgumentException("times that do not fit each other: " + this);
    }
  }

  /** After it, by any clock, no lease is left that was asked for before. */
  long settleNanos() {
    return nanos(leaseMillis) / 100 * (100 + DRIFT_PERCENT);
  }

  static long nanos(int millis) {
    return millis * 1_000_000L;
  }
}
