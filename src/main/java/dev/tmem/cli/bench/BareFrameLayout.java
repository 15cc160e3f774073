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

  private static final int COUNTED = WireLayout.BODY + Long.BYTES + Integer.BYTES;

  /** Bytes of a GET. */
  static final int GET_BYTES = COUNTED + WireLayout.TICKET_BYTES;

  /** Where the zpage begins in the answer to a GET; it ends with the frame. */
  static final int ANSWER_ZPAGE = WireLayout.BODY + 2 * Integer.BYTES + WireLayout.GET_ENTRY_BYTES;

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
