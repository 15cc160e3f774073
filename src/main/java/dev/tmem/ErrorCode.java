package dev.tmem;

/**
 * The stable name and number of each error. The number is the failure code of a {@link
 * io.vertx.core.eventbus.ReplyException} on the event bus. Numbers are never given to another
 * error.
 *
 * <p>4xxx: the request is at fault, the same request will fail again. 5xxx: the system cannot do it
 * now.
 */
public enum ErrorCode {
  /** A page that is empty or longer than the area's page size. */
  INVALID_PAGE(4001),
  /** An offset below 0 or over its limit. */
  INVALID_OFFSET(4002),
  /** No area or cache of that name is open. */
  UNKNOWN_AREA(4003),
  /** An area or cache of that name is open with other options. */
  OPTIONS_MISMATCH(4004),
  /** A configuration key that does not exist, or a value out of range. */
  INVALID_OPTION(4005),
  /** A message or its arguments cannot be understood. */
  MALFORMED_MESSAGE(4006),
  /** No such admin command. */
  UNKNOWN_COMMAND(4007),
  /** The handle was closed, or its area was swapped off, or its cache has ended. */
  AREA_CLOSED(4008),
  /** The node that kept the area or cache has been restarted, or it was made anew since. */
  AREA_GONE(4009),
  /** The request names another incarnation of the node. */
  WRONG_INCARNATION(4010),
  /** The request arrived after its deadline; it was not carried out. */
  EXPIRED(4011),
  /** The request was seen before; it was not carried out again. */
  REPEATED(4012),
  /** The area is held open by others. */
  AREA_BUSY(4013),
  /** A node of that name is in the cluster already. */
  NAME_TAKEN(4014),
  /** No such backend, or one of that name exists already. */
  UNKNOWN_BACKEND(4015),

  /** Every tier is full, or a limit of the area or node is reached. */
  FULL(5001),
  /** The page is kept where it cannot be reached now; it may come back. */
  PAGE_UNAVAILABLE(5002),
  /** Every copy of the page is gone or damaged. */
  PAGE_LOST(5003),
  /** No answer in time: it has happened, or happens soon, or never. */
  OUTCOME_UNKNOWN(5004),
  /** The node or client was closed. */
  CLOSED(5005),
  /** No node of that name can be reached. */
  NODE_UNREACHABLE(5006),
  /** A backend could not be activated, or cannot be emptied. */
  BACKEND_FAILED(5007),
  /** Some pages of a batch failed; the details name them. */
  BATCH(5008),
  /** Too many requests at once; nothing was begun, the same request may be sent again. */
  OVERLOADED(5009),
  /** The area or its node is frozen: a page that was to be stored is absent now. */
  FROZEN(5010),
  /** The home of the page cannot be asked, or may not serve now; nothing was changed. */
  NO_LEASE(5011),
  /** Whoever was loading the page has failed. */
  LOAD_FAILED(5012),
  /** Something that should not happen. */
  INTERNAL(5999);

  private final int number;

  ErrorCode(int number) {
    this.number = number;
  }

  public int number() {
    return number;
  }

  /** The code with that number, {@link #INTERNAL} if there is none. */
  public static ErrorCode of(int number) {
    for (ErrorCode code : values()) {
      if (code.number == number) {
        return code;
      }
    }
    return INTERNAL;
  }
}
