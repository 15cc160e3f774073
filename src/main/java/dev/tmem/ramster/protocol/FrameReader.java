package dev.tmem.ramster.protocol;

import dev.tmem.backend.Codec;
import dev.tmem.backend.PageKey;
import dev.tmem.backend.Zpage;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.UUID;

/**
 * Reads the fields of a frame one after the other; never past its end, and believes no length or
 * number before it has checked it. Confined to one call.
 */
final class FrameReader {

  private static final int CODECS = Codec.values().length;

  private final ByteBuffer frame;
  private int at;

  FrameReader(ByteBuffer frame, int at) {
    this.frame = frame;
    this.at = at;
  }

  /** Steps over so many bytes and says where they begin. */
  private int take(int bytes) throws WireException {
    if (bytes > frame.limit() - at) {
      throw new WireException(
          WireException.Kind.TRUNCATED,
          "field of " + bytes + " bytes at " + at + " of " + frame.limit());
    }
    int start = at;
    at += bytes;
    return start;
  }

  int uint8() throws WireException {
    return Byte.toUnsignedInt(frame.get(take(Byte.BYTES)));
  }

  int int32() throws WireException {
    return frame.getInt(take(Integer.BYTES));
  }

  long int64() throws WireException {
    return frame.getLong(take(Long.BYTES));
  }

  UUID uuid() throws WireException {
    long high = int64();
    return new UUID(high, int64());
  }

  String text() throws WireException {
    int length = uint8();
    int start = take(length);
    byte[] bytes = new byte[length];
    frame.get(start, bytes);
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw bad("text at " + start + " that is not UTF-8");
    }
  }

  /** A number of entries, of which each has at least so many bytes. */
  int count(int entryBytes) throws WireException {
    int count = int32();
    if (count < 1 || count > WireLayout.ENTRIES_MAX) {
      throw bad("number of entries " + count + ", 1 to " + WireLayout.ENTRIES_MAX + " is allowed");
    }
    if ((long) count * entryBytes > frame.limit() - at) {
      throw new WireException(
          WireException.Kind.TRUNCATED, count + " entries in " + (frame.limit() - at) + " bytes");
    }
    return count;
  }

  long ticketNumber() throws WireException {
    long ticket = int64();
    if (ticket < 1 || ticket > HandleLayout.TICKET_MAX) {
      throw bad("ticket " + ticket);
    }
    return ticket;
  }

  /** A floor is one above a ticket at most. */
  long floor() throws WireException {
    long floor = int64();
    if (floor < 1 || floor > HandleLayout.TICKET_MAX + 1) {
      throw bad("floor " + floor);
    }
    return floor;
  }

  Ticket ticket() throws WireException {
    long number = ticketNumber();
    int space = int32();
    long offset = int64();
    if (offset < 0 || offset > PageKey.MAX_OFFSET) {
      throw bad("offset " + offset);
    }
    return new Ticket(number, new PageKey(space, offset), int64());
  }

  Verdict verdict() throws WireException {
    return Verdict.of(uint8());
  }

  /** A page of a put, which stays where it is. */
  FramedPage framedPage(long ticket, boolean ephemeral) throws WireException {
    int length = zpageLength();
    int head = head(length);
    return new FramedPage(ticket, ephemeral, frame, head, length);
  }

  Zpage zpage() throws WireException {
    return framedPage(0, false).zpage();
  }

  private int zpageLength() throws WireException {
    int length = int32();
    if (length < 1 || length > ZpageLayout.LENGTH_MAX) {
      throw bad("zpage of " + length + " bytes");
    }
    return length;
  }

  /** Steps over a head and its zpage, and says where they begin. */
  private int head(int length) throws WireException {
    int head = take(ZpageLayout.HEAD_BYTES);
    take(length);
    int codec = Byte.toUnsignedInt(frame.get(head + ZpageLayout.CODEC));
    if (codec >= CODECS) {
      throw bad("codec " + codec);
    }
    return head;
  }

  /** Demands that nothing is left over. */
  void end() throws WireException {
    if (at != frame.limit()) {
      throw new WireException(
          WireException.Kind.OVERSIZED, (frame.limit() - at) + " bytes after the last field");
    }
  }

  private static WireException bad(String what) {
    return new WireException(WireException.Kind.BAD_VALUE, what);
  }
}
