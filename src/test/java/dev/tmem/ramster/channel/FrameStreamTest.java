package dev.tmem.ramster.channel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tmem.backend.PageKey;
import dev.tmem.ramster.protocol.Envelope;
import dev.tmem.ramster.protocol.Message;
import dev.tmem.ramster.protocol.MessageCodec;
import dev.tmem.ramster.protocol.Ticket;
import dev.tmem.ramster.protocol.WireLayout;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.buffer.BufferInternal;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class FrameStreamTest {

  private static final UUID SECRET = new UUID(3, 4);

  private final List<UUID> secrets = new ArrayList<>();
  private final List<Buffer> frames = new ArrayList<>();
  private final FrameStream stream =
      new FrameStream(secrets::add, frame -> frames.add(frame.copy()));

  private void take(Buffer bytes) throws ChannelException {
    take(stream, bytes);
  }

  private static void take(FrameStream stream, Buffer bytes) throws ChannelException {
    stream.take(((BufferInternal) bytes).unwrap());
  }

  private static Buffer frame(int tickets) {
    List<Ticket> named = new ArrayList<>();
    for (int i = 0; i < tickets; i++) {
      named.add(new Ticket(i, new PageKey(1, i), i));
    }
    return MessageCodec.encode(new Envelope(SECRET, SECRET, tickets, 0, new Message.Get(0, named)));
  }

  @Test
  void framesComeOutWholeHoweverTheyAreCut() throws ChannelException {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    Buffer all = ChannelLayout.greeting(SECRET);
    List<Buffer> sent = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      Buffer frame = frame(1 + random.nextInt(50));
      sent.add(frame);
      all.appendBuffer(frame);
    }
    for (int at = 0; at < all.length(); ) {
      int length =
          Math.min(all.length() - at, 1 + random.nextInt(random.nextBoolean() ? 20 : 5000));
      take(all.getBuffer(at, at + length));
      at += length;
    }
    assertEquals(List.of(SECRET), secrets, "seed " + seed);
    assertEquals(sent, frames, "seed " + seed);
  }

  @Test
  void aLengthIsCheckedBeforeItIsBelieved() throws ChannelException {
    take(ChannelLayout.greeting(SECRET));
    for (int length : new int[] {-1, Integer.MIN_VALUE, WireLayout.FRAME_BYTES_MAX}) {
      Buffer frame = frame(1).setInt(WireLayout.BODY_LENGTH, length);
      assertThrows(ChannelException.class, () -> take(frame));
    }
    assertTrue(frames.isEmpty());
  }

  @Test
  void randomBytesAreNoGreeting() {
    byte[] bytes = new byte[100];
    new Random(1).nextBytes(bytes);
    assertThrows(ChannelException.class, () -> take(Buffer.buffer(bytes)));
    assertTrue(secrets.isEmpty());
  }

  @Test
  void aByteThatIsTurnedOverHarmsNobody() throws ChannelException {
    Random random = new Random(2);
    int refused = 0;
    for (int round = 0; round < 2_000; round++) {
      FrameStream one = new FrameStream(secret -> {}, frame -> {});
      take(one, ChannelLayout.greeting(SECRET));
      Buffer frame = frame(3);
      int at = random.nextInt(frame.length());
      frame.setByte(at, (byte) (frame.getByte(at) ^ 1 << random.nextInt(8)));
      try {
        take(one, frame);
      } catch (ChannelException wrong) {
        refused++;
      }
    }
    assertTrue(refused > 0);
  }
}
