package dev.tmem.ramster.protocol;

import dev.tmem.backend.Zpage;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.UUID;

/** Writes the fields of a frame one after the other. Confined to one call. */
final class FrameWriter {

  private final ByteBuffer frame;

  /**
   * @param frame with room for the whole frame; its position is where the next field goes
   */
  FrameWriter(ByteBuffer frame) {
    this.frame = frame;
  }

  FrameWriter uint8(int value) {
    frame.put((byte) value);
    return this;
  }

  FrameWriter int16(int value) {
    frame.putShort((short) value);
    return this;
  }

  FrameWriter int32(int value) {
    frame.putInt(value);
    return this;
  }

  FrameWriter int64(long value) {
    frame.putLong(value);
    return this;
  }

  FrameWriter uuid(UUID value) {
    return int64(value.getMostSignificantBits()).int64(value.getLeastSignificantBits());
  }

  FrameWriter text(String value) {
    byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
    if (bytes.length > WireLayout.TEXT_BYTES_MAX) {
      throw new IllegalArgumentException(
          "text of " + bytes.length + " bytes; " + WireLayout.TEXT_BYTES_MAX + " are allowed");
    }
    uint8(bytes.length);
    frame.put(bytes);
    return this;
  }

  FrameWriter ticket(Ticket ticket) {
    return int64(ticket.number())
        .int32(ticket.key().space())
        .int64(ticket.key().offset())
        .int64(ticket.epoch());
  }

  FrameWriter tickets(List<Ticket> tickets) {
    int32(tickets.size());
    tickets.forEach(this::ticket);
    return this;
  }

  FrameWriter verdicts(List<Verdict> verdicts) {
    int32(verdicts.size());
    verdicts.forEach(verdict -> uint8(verdict.number()));
    return this;
  }

  FrameWriter zpage(Zpage zpage) {
    int32(zpage.length());
    int32(zpage.key().space());
    int32(zpage.crc());
    int64(zpage.epoch());
    int64(ZpageLayout.place(zpage.key().offset(), zpage.originalLength()));
    uint8(zpage.codec().number());
    frame.put(zpage.bytes());
    return this;
  }

  /** A page of a put, from wherever it is. */
  FrameWriter zpage(Message.PutEntry entry) {
    switch (entry) {
      case Message.LeavingPage page -> zpage(page.zpage());
      case FramedPage page -> zpage(page.zpage());
    }
    return this;
  }
}
