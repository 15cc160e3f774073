package dev.tmem.ramster.protocol;

/**
 * The bytes of a frame between two nodes, big-endian. {@code docs/formats/wire.md} describes them
 * for readers without the sources.
 *
 * <pre>
 *   0        4    5    6       8               24              40          48      52      56
 *  +--------+----+----+-------+---------------+---------------+-----------+-------+-------+---
 *  | magic  |ver |type| zero  | from          | to            | request   | dead- | body  |
 *  | "tmem" |    |    |       | incarnation   | incarnation   |           | line  | bytes |
 *  +--------+----+----+-------+---------------+---------------+-----------+-------+-------+---
 * </pre>
 *
 * Magic, version, type, {@code from}, and the name with which the body of a gossip begins, keep
 * their place in every version, so that a node can say whom it refuses.
 *
 * <pre>
 *  ticket:  number int64 | space int32 | offset int64 | epoch int64                    28 bytes
 *  zpage:   length int32 | head ({@link ZpageLayout}) | bytes
 *
 *  GOSSIP         name | sequence int64 | started int64 | spare bytes int64 | flags int8
 *                 | node id | address | rack  (text: length uint8, UTF-8)
 *  PUT            floor int64 | n int32 | n x (ticket number int64 | flags int8 | zpage)
 *  PUT_REPLY      spare bytes int64 | n int32 | n x verdict int8
 *  GET            floor int64 | n int32 | n x ticket
 *  GET_REPLY      first int32 | n int32 | n x (verdict int8 | zpage if the verdict is DONE)
 *  FREE           floor int64 | n int32 | n x ticket
 *  FREE_REPLY     n int32 | n x verdict int8
 *  GOODBYE        kind int8
 *  GOODBYE_REPLY  kind int8
 *  SWEEP          n int32 | n x ticket
 *  SWEEP_REPLY    n int32 | n x verdict int8
 *  HAND_BACK      n int32 | n x ticket
 *  HAND_BACK_REPLY n int32 | n x verdict int8
 *  HOLDS          n int32 | n x ticket
 *  HOLDS_REPLY    n int32 | n x verdict int8
 * </pre>
 */
public final class WireLayout {

  /** "tmem". */
  public static final int MAGIC_VALUE = 0x746D656D;

  /** What this class describes. */
  public static final int VERSION_VALUE = 1;

  public static final int MAGIC = 0;
  public static final int VERSION = MAGIC + Integer.BYTES;
  public static final int TYPE = VERSION + Byte.BYTES;
  public static final int ZERO = TYPE + Byte.BYTES;
  public static final int FROM = ZERO + Short.BYTES;
  public static final int TO = FROM + 2 * Long.BYTES;
  public static final int REQUEST = TO + 2 * Long.BYTES;
  public static final int DEADLINE = REQUEST + Long.BYTES;
  public static final int BODY_LENGTH = DEADLINE + Integer.BYTES;
  public static final int BODY = BODY_LENGTH + Integer.BYTES;

  /** Bytes of a ticket with the page it names. */
  public static final int TICKET_BYTES = Long.BYTES + Integer.BYTES + Long.BYTES + Long.BYTES;

  /** Bytes of an entry of a PUT beside those of the zpage. */
  public static final int PUT_ENTRY_BYTES =
      Long.BYTES + Byte.BYTES + Integer.BYTES + ZpageLayout.HEAD_BYTES;

  /** Bytes of an entry of a GET_REPLY beside those of the zpage. */
  public static final int GET_ENTRY_BYTES = Byte.BYTES + Integer.BYTES + ZpageLayout.HEAD_BYTES;

  /** A frame above this is refused unread: the largest zpage and its surroundings fit twice. */
  public static final int FRAME_BYTES_MAX = 128 * 1024;

  /** A batch is closed before its body passes this, unless one page alone does; best on the bus. */
  public static final int BODY_BYTES_AIM = 60 * 1024;

  /** Most entries of one message. */
  public static final int ENTRIES_MAX = 256;

  /** Most bytes of a name, a node id, an address or a rack. */
  public static final int TEXT_BYTES_MAX = 255;

  /** A request waits no longer than this for its answer. */
  public static final int DEADLINE_MILLIS_MAX = 600_000;

  public static final int FLAG_LEAVING = 1;
  public static final int FLAG_EPHEMERAL = 1;

  private WireLayout() {}
}
