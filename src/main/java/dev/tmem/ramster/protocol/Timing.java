package dev.tmem.ramster.protocol;

/**
 * The times of the protocol. Immutable.
 *
 * @param gossipMillis between two gossips
 * @param peerTimeoutMillis a peer that is not heard for so long is given up until it is heard again
 * @param callMillis a put or get is given up after it
 * @param resendMillis an unanswered request is sent again after it
 * @param freeDelayMillis a free waits at most so long for others to go with it
 * @param borrowerGraceMillis pages of a borrower that is not heard are kept so long
 * @param sweepMillis between two sweeps of a borrower's pages
 */
public record Timing(
    int gossipMillis,
    int peerTimeoutMillis,
    int callMillis,
    int resendMillis,
    int freeDelayMillis,
    int borrowerGraceMillis,
    int sweepMillis) {

  public static final Timing DEFAULT =
      new Timing(1_000, 10_000, 3_000, 1_000, 10, 3_600_000, 20_000);

  public Timing {
    if (gossipMillis < 1
        || peerTimeoutMillis < 2 * gossipMillis
        || callMillis < 1
        || callMillis > WireLayout.DEADLINE_MILLIS_MAX
        || resendMillis < 1
        || freeDelayMillis < 0
        || borrowerGraceMillis < peerTimeoutMillis
        || sweepMillis < 1) {
      throw new IllegalArgumentException("times that do not fit each other: " + this);
    }
  }

  static long nanos(int millis) {
    return millis * 1_000_000L;
  }
}
