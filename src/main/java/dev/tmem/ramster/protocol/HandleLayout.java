package dev.tmem.ramster.protocol;

/**
 * The handle of a lent page: where it is and under which ticket.
 *
 * <pre>
 *   63            52 51                                                  0
 *  +----------------+-----------------------------------------------------+
 *  | lender (12)    | ticket (52)                                         |
 *  +----------------+-----------------------------------------------------+
 * </pre>
 *
 * A lender's index is given when it is first lent to, and never again in an incarnation. Only the
 * lower half of the indexes is given out, so a handle is never negative and never {@link
 * dev.tmem.backend.Backend#REFUSED}.
 */
public final class HandleLayout {

  private static final int TICKET_BITS = 52;

  /** Tickets go from 1 to this. */
  public static final long TICKET_MAX = (1L << TICKET_BITS) - 1;

  /** Lender indexes go from 0 to this. */
  public static final int LENDER_MAX = (1 << 11) - 1;

  private HandleLayout() {}

  public static long pack(int lender, long ticket) {
    assert lender >= 0 && lender <= LENDER_MAX : lender;
    assert ticket >= 1 && ticket <= TICKET_MAX : ticket;
    return (long) lender << TICKET_BITS | ticket;
  }

  public static int lender(long handle) {
    return (int) (handle >>> TICKET_BITS);
  }

  public static long ticket(long handle) {
    return handle & TICKET_MAX;
  }
}
