package dev.tmem.cli.simulation;

import dev.tmem.backend.PageKey;
import dev.tmem.backend.Zpage;
import dev.tmem.ramster.protocol.Envelope;
import dev.tmem.ramster.protocol.FramedPage;
import dev.tmem.ramster.protocol.Message;
import dev.tmem.ramster.protocol.MessageCodec;
import dev.tmem.ramster.protocol.WireException;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;

/**
 * Bits of pages that are turned over on their way, which the sum of a packet did not show: to a
 * lender, which has to refuse the page; to its owner, who has to ask once more. Each version of a
 * page is damaged in one frame of each kind at the most, so that no page can be lost by it.
 *
 * <p>Confined to the thread of its schedule.
 */
final class WireDamage {

  /** One version of a page, going there or coming back. */
  private record Passage(int owner, PageKey key, long epoch, boolean isBack) {}

  private final SplittableRandom random;
  private final Set<Passage> damaged = new HashSet<>();

  WireDamage(SplittableRandom random) {
    this.random = random;
  }

  /** The frame with one bit of one page turned over; the frame itself if it has no page. */
  Buffer damage(int from, int to, Buffer frame) {
    Envelope envelope;
    try {
      envelope = MessageCodec.decode(frame);
    } catch (WireException unreadable) {
      return frame;
    }
    return switch (envelope.message()) {
      case Message.Put put -> encoded(envelope, put(from, put));
      case Message.GetReply reply -> encoded(envelope, reply(to, reply));
      default -> frame;
    };
  }

  private static Buffer encoded(Envelope like, Message message) {
    return MessageCodec.encode(
        new Envelope(like.from(), like.to(), like.request(), like.deadlineMillis(), message));
  }

  private Message put(int owner, Message.Put put) {
    int chosen = random.nextInt(put.entries().size());
    List<Message.PutEntry> entries = new ArrayList<>();
    for (Message.PutEntry entry : put.entries()) {
      Zpage page = ((FramedPage) entry).zpage();
      boolean flips = entries.size() == chosen && mayDamage(owner, page, false);
      entries.add(
          new Message.LeavingPage(entry.ticket(), entry.ephemeral(), flips ? flipped(page) : page));
    }
    return new Message.Put(put.floor(), entries);
  }

  private Message reply(int owner, Message.GetReply reply) {
    int chosen = random.nextInt(reply.entries().size());
    List<Message.GetEntry> entries = new ArrayList<>(reply.entries());
    Zpage page = entries.get(chosen).zpage();
    if (page != null && mayDamage(owner, page, true)) {
      Message.GetEntry entry = entries.get(chosen);
      Zpage flipped = flipped(Objects.requireNonNull(page));
      entries.set(chosen, new Message.GetEntry(entry.verdict(), flipped, false));
    }
    return new Message.GetReply(reply.first(), entries);
  }

  private boolean mayDamage(int owner, Zpage page, boolean isBack) {
    return damaged.add(new Passage(owner, page.key(), page.epoch(), isBack));
  }

  private Zpage flipped(Zpage page) {
    byte[] bytes = page.bytes().clone();
    bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(Byte.SIZE));
    return Zpage.arrived(
        page.key(), page.epoch(), page.codec(), page.originalLength(), bytes, page.crc());
  }
}
