package dev.tmem.cli.simulation;

import dev.tmem.backend.PageKey;
import dev.tmem.ramster.protocol.Envelope;
import dev.tmem.ramster.protocol.Message;
import dev.tmem.ramster.protocol.MessageCodec;
import dev.tmem.ramster.protocol.Verdict;
import dev.tmem.ramster.protocol.WireException;
import io.vertx.core.buffer.Buffer;

/** Frames for the reader of a trace. Holds no state. */
final class Frames {

  private static final int TEXT_MAX = 1_000;

  private Frames() {}

  /** Says what arrives, unless it is what arrives all the time. */
  static void say(Trace trace, int from, int to, Buffer frame) {
    if (trace.isReadable()) {
      String text = text(frame);
      if (!text.isEmpty()) {
        String all = "n" + from + " to n" + to + ": " + text;
        trace.say(() -> all.length() > TEXT_MAX ? all.substring(0, TEXT_MAX) + "..." : all);
      }
    }
  }

  private static String pages(Message.Put put) {
    StringBuilder text = new StringBuilder();
    for (Message.PutEntry entry : put.entries()) {
      PageKey key = entry.key();
      text.append(", ticket ").append(entry.ticket()).append(": page ").append(key.offset());
      text.append(" of ").append(key.space()).append(" epoch ").append(entry.epoch());
    }
    return text.toString();
  }

  private static String text(Buffer frame) {
    try {
      Envelope envelope = MessageCodec.decode(frame);
      return switch (envelope.message()) {
        case Message.Gossip gossip -> "";
        case Message.Sweep sweep -> "";
        case Message.SweepReply reply ->
            reply.verdicts().contains(Verdict.UNKNOWN) ? "" + reply : "";
        case Message.Put put -> envelope.request() + " Put[floor=" + put.floor() + pages(put) + "]";
        default -> envelope.request() + " " + envelope.message();
      };
    } catch (WireException unreadable) {
      return "unreadable: " + unreadable.getMessage();
    }
  }
}
