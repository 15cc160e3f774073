package dev.tmem.ramster.protocol;

/**
 * How much may be on its way at a time. Immutable.
 *
 * @param lenderBytes of puts that one lender has not answered, and of pages that it is asked for
 * @param allBytes of puts that all lenders together have not answered; as many may wait for one of
 *     them to be answered
 */
public record Flight(long lenderBytes, long allBytes) {

  public static final Flight DEFAULT = new Flight(4L << 20, 16L << 20);

  /** The least: a frame of the largest page. */
  public static final long LEAST_BYTES = WireLayout.FRAME_BYTES_MAX;

  private static final int PEER_PART = 64;
  private static final long LEAST_CHOSEN_BYTES = 256L << 10;
  private static final int PEERS_IN_ALL = 4;

  public Flight {
    if (lenderBytes < LEAST_BYTES || allBytes < LEAST_BYTES) {
      throw new IllegalArgumentException(
          lenderBytes + " and " + allBytes + " bytes; at least " + LEAST_BYTES + " are wanted");
    }
  }

  /**
   * What suits a node.
   *
   * @param lenderBytes 0: a 64th of the memory limit, 256 KiB to 4 MiB
   * @param allBytes 0: four times what is chosen for one lender
   */
  public static Flight of(long lenderBytes, long allBytes, long memoryLimit) {
    long chosen = Math.clamp(memoryLimit / PEER_PART, LEAST_CHOSEN_BYTES, DEFAULT.lenderBytes());
    long one = lenderBytes == 0 ? chosen : lenderBytes;
    return new Flight(one, allBytes == 0 ? PEERS_IN_ALL * chosen : allBytes);
  }

  /**
   * What a peer in use may take in buffers: pages sent to it, pages asked of it, and the frees that
   * it has not acknowledged.
   */
  long peerBytes() {
    long frees =
        (long) Frees.MESSAGES_MAX
            * (WireLayout.BODY + WireLayout.ENTRIES_MAX * WireLayout.TICKET_BYTES);
    return 2 * lenderBytes + frees;
  }
}
