package dev.tmem.ramster.protocol;

import dev.tmem.backend.Zpage;
import io.netty.buffer.ByteBuf;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.buffer.BufferInternal;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Messages to frames and back. A frame is read whole or not at all. Immutable. */
public final class MessageCodec {

  // Type numbers are never given to another message.
  private static final int GOSSIP = 1;
  private static final int PUT = 2;
  private static final int PUT_REPLY = 3;
  private static final int GET = 4;
  private static final int GET_REPLY = 5;
  private static final int FREE = 6;
  private static final int FREE_REPLY = 7;
  private static final int GOODBYE = 8;
  private static final int GOODBYE_REPLY = 9;
  private static final int SWEEP = 10;
  private static final int SWEEP_REPLY = 11;
  private static final int HAND_BACK = 12;
  private static final int HAND_BACK_REPLY = 13;
  private static final int HOLDS = 14;
  private static final int HOLDS_REPLY = 15;

  /** Four texts, three numbers, flags. */
  private static final int GOSSIP_BYTES_MAX =
      4 * (Byte.BYTES + WireLayout.TEXT_BYTES_MAX) + 3 * Long.BYTES + Byte.BYTES;

  private MessageCodec() {}

  public static Buffer encode(Envelope envelope) {
    return encode(envelope, Buffer.buffer(bytesAtMost(envelope)));
  }

  /**
   * @param memory empty, and large enough for {@link #bytesAtMost}
   * @return the same, with the frame
   */
  public static Buffer encode(Envelope envelope, Buffer memory) {
    ByteBuf bytes = ((BufferInternal) memory).unwrap();
    ByteBuffer frame = bytes.internalNioBuffer(0, bytes.capacity()).slice();
    Message message = envelope.message();
    FrameWriter out = new FrameWriter(frame);
    out.int32(WireLayout.MAGIC_VALUE)
        .uint8(WireLayout.VERSION_VALUE)
        .uint8(type(message))
        .int16(0)
        .uuid(envelope.from())
        .uuid(envelope.to())
        .int64(envelope.request())
        .int32(envelope.deadlineMillis())
        .int32(0);
    writeBody(message, out);
    int length = frame.position();
    assert length <= WireLayout.FRAME_BYTES_MAX : length;
    frame.putInt(WireLayout.BODY_LENGTH, length - WireLayout.BODY);
    bytes.setIndex(0, length);
    return memory;
  }

  /** No frame of that message is longer. */
  public static int bytesAtMost(Envelope envelope) {
    return WireLayout.BODY + Long.BYTES + Integer.BYTES + bodyBytes(envelope.message());
  }

  /**
   * Reads a frame. The pages of a put stay in it, so they are of use as long as it is; all else has
   * memory of its own.
   *
   * @throws OtherVersionException if the frame is of another version
   * @throws WireException if it is not a frame
   */
  public static Envelope decode(Buffer frame) throws WireException {
    ByteBuffer bytes = ((BufferInternal) frame).unwrap().nioBuffer();
    return decode(bytes);
  }

  private static Envelope decode(ByteBuffer frame) throws WireException {
    checkHead(frame);
    FrameReader in = new FrameReader(frame, WireLayout.FROM);
    UUID from = in.uuid();
    UUID to = in.uuid();
    long request = in.int64();
    int deadlineMillis = in.int32();
    if (deadlineMillis < 0 || deadlineMillis > WireLayout.DEADLINE_MILLIS_MAX) {
      throw new WireException(WireException.Kind.BAD_VALUE, "deadline " + deadlineMillis + " ms");
    }
    int bodyLength = in.int32();
    int rest = frame.limit() - WireLayout.BODY;
    if (bodyLength != rest) {
      throw new WireException(
          bodyLength > rest ? WireException.Kind.TRUNCATED : WireException.Kind.OVERSIZED,
          "body said to have " + bodyLength + " bytes has " + rest);
    }
    Message message = readBody(Byte.toUnsignedInt(frame.get(WireLayout.TYPE)), in);
    in.end();
    return new Envelope(from, to, request, deadlineMillis, message);
  }

  private static void checkHead(ByteBuffer frame) throws WireException {
    if (frame.limit() > WireLayout.FRAME_BYTES_MAX) {
      throw new WireException(
          WireException.Kind.OVERSIZED,
          frame.limit() + " bytes, " + WireLayout.FRAME_BYTES_MAX + " are allowed");
    }
    if (frame.limit() < WireLayout.BODY) {
      throw new WireException(
          WireException.Kind.TRUNCATED, frame.limit() + " bytes are less than a header");
    }
    if (frame.getInt(WireLayout.MAGIC) != WireLayout.MAGIC_VALUE) {
      throw new WireException(
          WireException.Kind.BAD_MAGIC, Integer.toHexString(frame.getInt(WireLayout.MAGIC)));
    }
    int version = Byte.toUnsignedInt(frame.get(WireLayout.VERSION));
    if (version != WireLayout.VERSION_VALUE) {
      throw otherVersion(frame, version);
    }
    if (frame.getShort(WireLayout.ZERO) != 0) {
      throw new WireException(
          WireException.Kind.BAD_VALUE, "reserved field " + frame.getShort(WireLayout.ZERO));
    }
  }

  private static OtherVersionException otherVersion(ByteBuffer frame, int version)
      throws WireException {
    UUID from = new FrameReader(frame, WireLayout.FROM).uuid();
    boolean named = Byte.toUnsignedInt(frame.get(WireLayout.TYPE)) == GOSSIP;
    String name = named ? new FrameReader(frame, WireLayout.BODY).text() : "";
    return new OtherVersionException(version, from, name);
  }

  private static int type(Message message) {
    return switch (message) {
      case Message.Gossip m -> GOSSIP;
      case Message.Put m -> PUT;
      case Message.PutReply m -> PUT_REPLY;
      case Message.Get m -> GET;
      case Message.GetReply m -> GET_REPLY;
      case Message.Free m -> FREE;
      case Message.FreeReply m -> FREE_REPLY;
      case Message.Goodbye m -> GOODBYE;
      case Message.GoodbyeReply m -> GOODBYE_REPLY;
      case Message.Sweep m -> SWEEP;
      case Message.SweepReply m -> SWEEP_REPLY;
      case Message.HandBack m -> HAND_BACK;
      case Message.HandBackReply m -> HAND_BACK_REPLY;
      case Message.Holds m -> HOLDS;
      case Message.HoldsReply m -> HOLDS_REPLY;
    };
  }

  private static void writeBody(Message message, FrameWriter out) {
    switch (message) {
      case Message.Gossip m ->
          out.text(m.name())
              .int64(m.sequence())
              .int64(m.startedMillis())
              .int64(m.spareBytes())
              .uint8(m.leaving() ? WireLayout.FLAG_LEAVING : 0)
              .text(m.nodeId())
              .text(m.address())
              .text(m.rack());
      case Message.Put m -> {
        out.int64(m.floor()).int32(m.entries().size());
        for (Message.PutEntry entry : m.entries()) {
          out.int64(entry.ticket())
              .uint8(entry.ephemeral() ? WireLayout.FLAG_EPHEMERAL : 0)
              .zpage(entry);
        }
      }
      case Message.PutReply m -> out.int64(m.spareBytes()).verdicts(m.verdicts());
      case Message.Get m -> out.int64(m.floor()).tickets(m.tickets());
      case Message.GetReply m -> {
        out.int32(m.first()).int32(m.entries().size());
        for (Message.GetEntry entry : m.entries()) {
          out.uint8(entry.verdict().number());
          if (entry.verdict() == Verdict.DONE) {
            out.zpage(Objects.requireNonNull(entry.zpage()));
          }
        }
      }
      case Message.Free m -> out.int64(m.floor()).tickets(m.tickets());
      case Message.FreeReply m -> out.verdicts(m.verdicts());
      case Message.Goodbye m -> out.uint8(m.kind().number());
      case Message.GoodbyeReply m -> out.uint8(m.kind().number());
      case Message.Sweep m -> out.tickets(m.tickets());
      case Message.SweepReply m -> out.verdicts(m.verdicts());
      case Message.HandBack m -> out.tickets(m.tickets());
      case Message.HandBackReply m -> out.verdicts(m.verdicts());
      case Message.Holds m -> out.tickets(m.tickets());
      case Message.HoldsReply m -> out.verdicts(m.verdicts());
    }
  }

  private static Message readBody(int type, FrameReader in) throws WireException {
    return switch (type) {
      case GOSSIP ->
          new Message.Gossip(
              in.text(),
              in.int64(),
              in.int64(),
              spare(in),
              flag(in),
              in.text(),
              in.text(),
              in.text());
      case PUT -> new Message.Put(in.floor(), putEntries(in));
      case PUT_REPLY -> new Message.PutReply(spare(in), verdicts(in));
      case GET -> new Message.Get(in.floor(), tickets(in));
      case GET_REPLY -> getReply(in);
      case FREE -> new Message.Free(in.floor(), tickets(in));
      case FREE_REPLY -> new Message.FreeReply(verdicts(in));
      case GOODBYE -> new Message.Goodbye(kind(in));
      case GOODBYE_REPLY -> new Message.GoodbyeReply(kind(in));
      case SWEEP -> new Message.Sweep(tickets(in));
      case SWEEP_REPLY -> new Message.SweepReply(verdicts(in));
      case HAND_BACK -> new Message.HandBack(tickets(in));
      case HAND_BACK_REPLY -> new Message.HandBackReply(verdicts(in));
      case HOLDS -> new Message.Holds(tickets(in));
      case HOLDS_REPLY -> new Message.HoldsReply(verdicts(in));
      default -> throw new WireException(WireException.Kind.BAD_TYPE, "message type " + type);
    };
  }

  private static List<Message.PutEntry> putEntries(FrameReader in) throws WireException {
    int count = in.count(WireLayout.PUT_ENTRY_BYTES + 1);
    List<Message.PutEntry> entries = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      long ticket = in.ticketNumber();
      entries.add(in.framedPage(ticket, flag(in)));
    }
    return entries;
  }

  private static Message.GetReply getReply(FrameReader in) throws WireException {
    int first = in.int32();
    if (first < 0 || first >= WireLayout.ENTRIES_MAX) {
      throw new WireException(WireException.Kind.BAD_VALUE, "first entry " + first);
    }
    int count = in.count(Byte.BYTES);
    List<Message.GetEntry> entries = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      Verdict verdict = in.verdict();
      if (verdict == Verdict.DONE) {
        var zpage = in.zpage();
        entries.add(new Message.GetEntry(verdict, zpage, zpage.intact()));
      } else {
        entries.add(new Message.GetEntry(verdict, null, true));
      }
    }
    return new Message.GetReply(first, entries);
  }

  private static List<Ticket> tickets(FrameReader in) throws WireException {
    int count = in.count(WireLayout.TICKET_BYTES);
    List<Ticket> tickets = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      tickets.add(in.ticket());
    }
    return tickets;
  }

  private static List<Verdict> verdicts(FrameReader in) throws WireException {
    int count = in.count(Byte.BYTES);
    List<Verdict> verdicts = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      verdicts.add(in.verdict());
    }
    return verdicts;
  }

  private static long spare(FrameReader in) throws WireException {
    long spare = in.int64();
    if (spare < 0) {
      throw new WireException(WireException.Kind.BAD_VALUE, "spare bytes " + spare);
    }
    return spare;
  }

  private static boolean flag(FrameReader in) throws WireException {
    int flags = in.uint8();
    if (flags > 1) {
      throw new WireException(WireException.Kind.BAD_VALUE, "flags " + flags);
    }
    return flags == 1;
  }

  private static Message.Goodbye.Kind kind(FrameReader in) throws WireException {
    int number = in.uint8();
    Message.Goodbye.Kind[] kinds = Message.Goodbye.Kind.values();
    if (number >= kinds.length) {
      throw new WireException(WireException.Kind.BAD_VALUE, "kind of goodbye " + number);
    }
    return kinds[number];
  }

  /** Bytes of what there is any number of, or a bound of all that there is one of. */
  private static int bodyBytes(Message message) {
    return switch (message) {
      case Message.Put m -> putBytes(m);
      case Message.GetReply m ->
          m.entries().stream().mapToInt(entry -> entryBytes(entry.zpage())).sum();
      case Message.Get m -> m.tickets().size() * WireLayout.TICKET_BYTES;
      case Message.Free m -> m.tickets().size() * WireLayout.TICKET_BYTES;
      case Message.Sweep m -> m.tickets().size() * WireLayout.TICKET_BYTES;
      case Message.HandBack m -> m.tickets().size() * WireLayout.TICKET_BYTES;
      case Message.Holds m -> m.tickets().size() * WireLayout.TICKET_BYTES;
      case Message.PutReply m -> m.verdicts().size();
      case Message.FreeReply m -> m.verdicts().size();
      case Message.SweepReply m -> m.verdicts().size();
      case Message.HandBackReply m -> m.verdicts().size();
      case Message.HoldsReply m -> m.verdicts().size();
      case Message.Goodbye m -> Byte.BYTES;
      case Message.GoodbyeReply m -> Byte.BYTES;
      case Message.Gossip m -> GOSSIP_BYTES_MAX;
    };
  }

  private static int putBytes(Message.Put put) {
    int bytes = put.entries().size() * WireLayout.PUT_ENTRY_BYTES;
    for (Message.PutEntry entry : put.entries()) {
      bytes += entry.length();
    }
    return bytes;
  }

  private static int entryBytes(@Nullable Zpage zpage) {
    return zpage == null ? Byte.BYTES : WireLayout.GET_ENTRY_BYTES + zpage.length();
  }
}
