package dev.tmem.cli.bench;

import dev.tmem.ramster.protocol.WireLayout;

/**
 * The frames of the bare side: as long as ours that carry the same, and with nothing in them but
 * what has to be known. Big-endian.
 *
 * <pre>
 *            0        4        8          12        64/68                  94
 *           +--------+--------+----------+---------+----------------------+-------
 *  GET      | length | GET    | number   | zero, to the length of ours with one ticket
 *  answer   | length | GET    | number   | zero                           | zpage
 *  PAGE     | length | PAGE   | number   | zero, to the length of a get of a shared cache
 *  answer   | length | PAGE   | number   | zero, to where the zpage begins in ours | zpage
 *  PUT      | length | PUT    | pages n  | zero    | n x (38 bytes, of which the first four are
 *           |        |        |          |         |      the zpage's length | zpage)
 *  answer   | length | PUT    | pages n  | zero, to the length of ours with n verdicts
 *           +--------+--------+----------+---------+------------------------------------
 * </pre>
 */
final class BareFrameLayout {

  static final int LENGTH = 0;
  static final int KIND = LENGTH + Integer.BYTES;
  static final int COUNT = KIND + Integer.BYTES;
  static final int HEAD_BYTES = COUNT + Integer.BYTES;

  static final int GET = 1;
  static final int PUT = 2;
  static final int PAGE = 3;

  private static final int COUNTED = WireLayout.BODY + Long.BYTES + Integer.BYTES;

  /** Bytes of a GET. */
  static final int GET_BYTES = COUNTED + WireLayout.TICKET_BYTES;

  /** Where the zpage begins in the answer to a GET; it ends with the frame. */
  static final int ANSWER_ZPAGE = WireLayout.BODY + 2 * Integer.BYTES + WireLayout.GET_ENTRY_BYTES;

  /** A sender's address on this machine, with its length. */
  private static final int ADDRESS_BYTES = Byte.BYTES + "127.0.0.1:12345".length();

  private static final int UUID_BYTES = 2 * Long.BYTES;

  /** View, number, floor, operation, cache, object, token, one index, no page. */
  private static final int REQUEST_BYTES =
      UUID_BYTES
          + 3 * Long.BYTES
          + Byte.BYTES
          + UUID_BYTES
          + 2 * Integer.BYTES
          + UUID_BYTES
          + Long.BYTES
          + 3 * Integer.BYTES;

  /** Number, outcome, token, reason, one page's length. */
  private static final int REPLY_BYTES = 2 * Long.BYTES + Byte.BYTES + 3 * Integer.BYTES;

  /** Bytes of a PAGE. */
  static final int PAGE_REQUEST_BYTES = WireLayout.BODY + ADDRESS_BYTES + REQUEST_BYTES;

  /** Where the page begins in the answer to a PAGE; it ends with the frame. */
  static final int ANSWER_PAGE = WireLayout.BODY + ADDRESS_BYTES + REPLY_BYTES;

  /** Where the entries of a PUT begin. */
  static final int ENTRIES = COUNTED;

  /** Bytes of an entry of a PUT before its zpage. */
  static final int ENTRY_HEAD_BYTES = WireLayout.PUT_ENTRY_BYTES;

  private BareFrameLayout() {}

  /** Bytes of the answer to a PUT of so many pages. */
  static int putAnswerBytes(int pages) {
    return COUNTED + pages;
  }
}
