package dev.tmem.cleancache.shared;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import dev.tmem.ObjectKey;
import dev.tmem.cleancache.shared.protocol.Homes;
import dev.tmem.cleancache.shared.protocol.Member;
import dev.tmem.cleancache.shared.protocol.Message;
import dev.tmem.cleancache.shared.protocol.Message.CacheName;
import dev.tmem.cleancache.shared.protocol.Message.Operation;
import dev.tmem.cleancache.shared.protocol.Message.Outcome;
import dev.tmem.cleancache.shared.protocol.Slots;
import dev.tmem.cleancache.shared.protocol.View;
import dev.tmem.cleancache.shared.protocol.ViewName;
import io.vertx.core.buffer.Buffer;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Every message survives the wire, and no damaged one is more than dropped. */
class SharedCodecTest {

  private static final Member SELF = new Member(new UUID(1, 2), "one", "tmem.one.peer", 7);
  private static final Member OTHER = new Member(new UUID(3, 4), "two", "tmem.two.peer", 9);
  private static final ViewName NAME = new ViewName(new UUID(5, 6), 77);

  private static View view() {
    byte[] table = new byte[Slots.COUNT];
    Random random = new Random(5);
    for (int slot = 0; slot < table.length; slot++) {
      table[slot] = (byte) random.nextInt(2);
    }
    View.Past past =
        new View.Past(76, List.of(OTHER.incarnation(), SELF.incarnation()), Homes.of(table));
    return new View(NAME, List.of(SELF, OTHER), true, false, Homes.of(table), List.of(past), true);
  }

  private static List<Message> messages() {
    CacheName cache = new CacheName(new UUID(8, 9), 4096, 60);
    return List.of(
        new Message.Hello(SELF, 12, "node-id", true, false, NAME, 2),
        new Message.Hello(SELF, 13, "", false, true, null, 0),
        new Message.Install(view()),
        new Message.Installed(NAME),
        new Message.Prepare(NAME, 256),
        new Message.Promise(NAME, 256, 0, null),
        new Message.Promise(NAME, 512, 256, view()),
        new Message.Accept(NAME, 512, view()),
        new Message.Accepted(NAME, 512),
        new Message.Overtaken(NAME, 256, 512),
        new Message.Renew(NAME, -5),
        new Message.Granted(NAME, Long.MIN_VALUE),
        new Message.Request(
            NAME,
            3,
            2,
            Operation.PUT,
            cache,
            new ObjectKey(10, 11),
            List.of(0, -1),
            List.of(Buffer.buffer("a page"), Buffer.buffer("b")),
            99),
        new Message.Request(
            NAME,
            3,
            2,
            Operation.INVALIDATE_OBJECT,
            cache,
            new ObjectKey(10, 11),
            List.of(),
            List.of(),
            0),
        new Message.Reply(4, Outcome.DONE, Arrays.asList(Buffer.buffer("a page"), null), 0, ""),
        new Message.Reply(5, Outcome.LOAD_FAILED, List.of(), 8, "why it failed"));
  }

  @Test
  void everyMessageSurvives() {
    for (Message message : messages()) {
      Buffer frame = SharedCodec.encode(SELF, OTHER.incarnation(), message);
      SharedCodec.Arrived arrived = SharedCodec.decode(frame);
      assertNotNull(arrived, message::toString);
      assertEquals(message, arrived.message());
      assertEquals(SELF.incarnation(), arrived.from().incarnation());
      assertEquals(SELF.address(), arrived.from().address());
      assertEquals(OTHER.incarnation(), arrived.to());
    }
  }

  @Test
  void whatIsCutOffOrDamagedIsDroppedOrReadButNeverThrows() {
    Random random = new Random(7);
    for (Message message : messages()) {
      Buffer frame = SharedCodec.encode(SELF, OTHER.incarnation(), message);
      for (int length = 0; length < frame.length(); length += 1 + frame.length() / 200) {
        assertEquals(null, SharedCodec.decode(frame.getBuffer(0, length)));
      }
      for (int i = 0; i < 500; i++) {
        Buffer damaged = frame.copy();
        damaged.setByte(random.nextInt(frame.length()), (byte) random.nextInt());
        SharedCodec.decode(damaged);
      }
    }
  }
}
