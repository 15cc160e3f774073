package dev.tmem.ramster.protocol;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tmem.backend.Codec;
import dev.tmem.backend.PageKey;
import dev.tmem.backend.Zpage;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class MessageCodecTest {

  private static final UUID FROM = new UUID(1, 2);
  private static final UUID TO = new UUID(3, 4);

  private static Envelope envelope(Message message) {
    return new Envelope(FROM, TO, 77, 3_000, message);
  }

  private static Zpage zpage(int length) {
    byte[] bytes = new byte[length];
    new Random(length).nextBytes(bytes);
    return Zpage.of(new PageKey(7, PageKey.MAX_OFFSET), -9, Codec.RAW, 65_536, bytes);
  }

  private static Ticket ticket(long number) {
    return new Ticket(number, new PageKey(-1, number & PageKey.MAX_OFFSET), Long.MIN_VALUE);
  }

  /** One of each. */
  private static List<Message> messages() {
    List<Ticket> tickets = List.of(ticket(1), ticket(HandleLayout.TICKET_MAX));
    List<Verdict> verdicts = List.of(Verdict.values());
    return List.of(
        new Message.Gossip("node-1", 5, 6, 7, true, "id", "tmem.node-1.peer", "rack-1"),
        new Message.Put(3, List.of(new Message.LeavingPage(9, true, zpage(100)))),
        new Message.PutReply(12, verdicts),
        new Message.Get(1, tickets),
        new Message.GetReply(
            255,
            List.of(
                new Message.GetEntry(Verdict.DONE, zpage(1), true),
                new Message.GetEntry(Verdict.UNKNOWN, null, true))),
        new Message.Free(HandleLayout.TICKET_MAX + 1, tickets),
        new Message.FreeReply(verdicts),
        new Message.Goodbye(Message.Goodbye.Kind.GONE),
        new Message.GoodbyeReply(Message.Goodbye.Kind.LENDER_LEAVES),
        new Message.Sweep(tickets),
        new Message.SweepReply(verdicts),
        new Message.HandBack(tickets),
        new Message.HandBackReply(verdicts),
        new Message.Holds(tickets),
        new Message.HoldsReply(verdicts));
  }

  @Test
  void everyMessageComesBackAsItWas() throws WireException {
    for (Message message : messages()) {
      Envelope back = MessageCodec.decode(MessageCodec.encode(envelope(message)));
      if (message instanceof Message.Put put) {
        Message.PutEntry entry = put.entries().getFirst();
        Message.PutEntry other =
            assertInstanceOf(Message.Put.class, back.message()).entries().getFirst();
        assertEquals(entry.ticket(), other.ticket());
        assertTrue(other.ephemeral());
        assertSame(zpage(100), assertInstanceOf(FramedPage.class, other).zpage());
      } else if (message instanceof Message.GetReply reply) {
        Message.GetReply other = assertInstanceOf(Message.GetReply.class, back.message());
        assertEquals(reply.first(), other.first());
        assertEquals(reply.entries().get(1), other.entries().get(1));
        assertSame(
            Objects.requireNonNull(reply.entries().getFirst().zpage()),
            Objects.requireNonNull(other.entries().getFirst().zpage()));
      } else {
        assertEquals(envelope(message), back);
      }
    }
  }

  private static void assertSame(Zpage wanted, Zpage got) {
    assertEquals(wanted.key(), got.key());
    assertEquals(wanted.epoch(), got.epoch());
    assertEquals(wanted.codec(), got.codec());
    assertEquals(wanted.originalLength(), got.originalLength());
    assertArrayEquals(wanted.bytes(), got.bytes());
    assertTrue(got.intact());
  }

  @Test
  void theLargestPageFitsAndAFullBatchOfSmallOnesToo() throws WireException {
    Message.Put one = new Message.Put(1, List.of(new Message.LeavingPage(1, false, zpage(65_536))));
    MessageCodec.decode(MessageCodec.encode(envelope(one)));
    List<Message.PutEntry> entries = new ArrayList<>();
    for (int i = 1; i <= WireLayout.ENTRIES_MAX; i++) {
      entries.add(new Message.LeavingPage(i, false, zpage(100)));
    }
    MessageCodec.decode(MessageCodec.encode(envelope(new Message.Put(1, entries))));
  }

  @Test
  void everyShorterFrameIsRefused() {
    for (Message message : messages()) {
      Buffer frame = MessageCodec.encode(envelope(message));
      for (int length = 0; length < frame.length(); length++) {
        Buffer cut = frame.getBuffer(0, length);
        WireException refused = assertThrows(WireException.class, () -> MessageCodec.decode(cut));
        assertEquals(WireException.Kind.TRUNCATED, refused.kind(), message.toString());
      }
    }
  }

  @Test
  void everyShorterBodyOfAHonestLengthIsRefused() {
    for (Message message : messages()) {
      Buffer frame = MessageCodec.encode(envelope(message));
      for (int length = WireLayout.BODY; length < frame.length(); length++) {
        Buffer cut = frame.getBuffer(0, length);
        cut.setInt(WireLayout.BODY_LENGTH, length - WireLayout.BODY);
        assertThrows(WireException.class, () -> MessageCodec.decode(cut), message.toString());
      }
    }
  }

  @Test
  void whatIsTooLongIsRefused() {
    for (Message message : messages()) {
      Buffer frame = MessageCodec.encode(envelope(message)).appendByte((byte) 0);
      assertKind(WireException.Kind.OVERSIZED, frame);
      frame.setInt(WireLayout.BODY_LENGTH, frame.length() - WireLayout.BODY);
      assertKind(WireException.Kind.OVERSIZED, frame);
    }
    assertKind(
        WireException.Kind.OVERSIZED, Buffer.buffer(new byte[WireLayout.FRAME_BYTES_MAX + 1]));
  }

  private static void assertKind(WireException.Kind kind, Buffer frame) {
    assertEquals(kind, assertThrows(WireException.class, () -> MessageCodec.decode(frame)).kind());
  }

  @Test
  void wrongFieldsAreRefused() {
    Buffer free = MessageCodec.encode(envelope(new Message.Free(1, List.of(ticket(1)))));
    int count = WireLayout.BODY + Long.BYTES;
    int number = count + Integer.BYTES;
    assertKind(WireException.Kind.BAD_MAGIC, free.copy().setInt(WireLayout.MAGIC, 1));
    assertKind(WireException.Kind.BAD_TYPE, free.copy().setByte(WireLayout.TYPE, (byte) 99));
    assertKind(WireException.Kind.BAD_VALUE, free.copy().setShort(WireLayout.ZERO, (short) 1));
    assertKind(WireException.Kind.BAD_VALUE, free.copy().setInt(WireLayout.DEADLINE, -1));
    assertKind(WireException.Kind.BAD_VALUE, free.copy().setInt(count, 0));
    assertKind(WireException.Kind.BAD_VALUE, free.copy().setInt(count, Integer.MAX_VALUE));
    assertKind(WireException.Kind.TRUNCATED, free.copy().setInt(count, 2));
    assertKind(WireException.Kind.BAD_VALUE, free.copy().setLong(number, 0));
    assertKind(WireException.Kind.BAD_VALUE, free.copy().setLong(number, 1L << 52));
    assertKind(
        WireException.Kind.BAD_VALUE,
        free.copy().setLong(number + Long.BYTES + Integer.BYTES, PageKey.MAX_OFFSET + 1));
  }

  @Test
  void anotherVersionIsRefusedWithBothNamed() {
    Buffer frame = MessageCodec.encode(envelope(messages().getFirst()));
    frame.setByte(WireLayout.VERSION, (byte) 200);
    OtherVersionException refused =
        assertThrows(OtherVersionException.class, () -> MessageCodec.decode(frame));
    assertEquals(200, refused.version());
    assertEquals("node-1", refused.name());
    assertEquals(FROM, refused.from());
    String message = Objects.requireNonNull(refused.getMessage());
    assertTrue(message.contains("version 200") && message.contains("version 1"), message);
  }

  @Test
  void aFlippedBitInAPageIsSeen() throws WireException {
    Message.Put put = new Message.Put(1, List.of(new Message.LeavingPage(1, false, zpage(100))));
    Buffer frame = MessageCodec.encode(envelope(put));
    int last = frame.length() - 1;
    frame.setByte(last, (byte) (frame.getByte(last) ^ 1));
    Message.Put back = assertInstanceOf(Message.Put.class, MessageCodec.decode(frame).message());
    assertFalse(assertInstanceOf(FramedPage.class, back.entries().getFirst()).intact());
  }

  @Test
  void garbageIsRefusedAndNeverHurts() {
    long seed = 20_26;
    Random random = new Random(seed);
    int read = 0;
    for (int run = 0; run < 20_000; run++) {
      Message message = messages().get(random.nextInt(messages().size()));
      Buffer frame = MessageCodec.encode(envelope(message));
      int changes = 1 + random.nextInt(4);
      for (int i = 0; i < changes; i++) {
        int at = random.nextInt(frame.length());
        frame.setByte(at, (byte) random.nextInt());
      }
      try {
        MessageCodec.decode(frame);
        read++;
      } catch (WireException refused) {
        assertFalse(refused.kind().name().isEmpty());
      } catch (RuntimeException e) {
        throw new AssertionError("seed " + seed + " run " + run, e);
      }
    }
    assertTrue(read > 0, "a change in a field that may hold anything is not seen here");
  }

  @Test
  void handlesHoldTheirLimits() {
    for (int lender : new int[] {0, 1, HandleLayout.LENDER_MAX}) {
      for (long ticket : new long[] {1, 2, HandleLayout.TICKET_MAX}) {
        long handle = HandleLayout.pack(lender, ticket);
        assertTrue(handle >= 0);
        assertEquals(lender, HandleLayout.lender(handle));
        assertEquals(ticket, HandleLayout.ticket(handle));
      }
    }
  }

  @Test
  void placesHoldTheirLimits() {
    for (long offset : new long[] {0, PageKey.MAX_OFFSET}) {
      for (int length : new int[] {1, ZpageLayout.LENGTH_MAX}) {
        long place = ZpageLayout.place(offset, length);
        assertEquals(offset, ZpageLayout.offset(place));
        assertEquals(length, ZpageLayout.originalLength(place));
      }
    }
  }
}
