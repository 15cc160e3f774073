package dev.tmem.ramster.protocol;

import dev.tmem.backend.Zpage;
import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.UUID;

/** Appends the fields of a frame. Confined to one call. */
final class FrameWriter {

  private final Buffer frame;

  FrameWriter(int sizeHint) {
    this.frame = Buffer.buffer(sizeHint);
  }

  FrameWriter uint8(int value) {
    frame.appendUnsignedByte((short) value);
    return this;
  }

  FrameWriter int16(int value) {
    frame.appendShort((short) value);
    return this;
  }

  FrameWriter int32(int value) {
    frame.appendInt(value);
    return this;
  }

  FrameWriter int64(long value) {
    frame.appendLong(value);
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
    frame.appendBytes(bytes);
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
    frame.appendBytes(zpage.bytes());
    return this;
  }

  int length() {
    return frame.length();
  }

  void setInt32(int at, int value) {
    frame.setInt(at, value);
  }

  Buffer frame() {
    return frame;
  }
}
