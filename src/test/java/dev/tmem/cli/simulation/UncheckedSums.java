package dev.tmem.cli.simulation;

import dev.tmem.backend.Zpage;
import dev.tmem.ramster.Transport;
import dev.tmem.ramster.protocol.Envelope;
import dev.tmem.ramster.protocol.Message;
import dev.tmem.ramster.protocol.MessageCodec;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** A planted bug: an owner takes what its lenders send for what it is, whatever its checksum. */
final class UncheckedSums implements Wiring {

  @Override
  public Transport transport(Transport network, NodeClock clock) {
    return new Tampered(network) {
      @Override
      public Future<Void> open(Consumer<Buffer> frames, Consumer<String> lost) {
        return super.open(frame -> frames.accept(believed(frame)), lost);
      }
    };
  }

  private static Buffer believed(Buffer frame) {
    Envelope envelope = Tampered.decoded(frame);
    if (!(envelope.message() instanceof Message.GetReply reply)) {
      return frame;
    }
    List<Message.GetEntry> entries = new ArrayList<>();
    for (Message.GetEntry entry : reply.entries()) {
      Zpage page = entry.zpage();
      Zpage sealed =
          page == null
              ? null
              : Zpage.of(
                  page.key(), page.epoch(), page.codec(), page.originalLength(), page.bytes());
      entries.add(new Message.GetEntry(entry.verdict(), sealed, true));
    }
    return MessageCodec.encode(
        new Envelope(
            envelope.from(),
            envelope.to(),
            envelope.request(),
            envelope.deadlineMillis(),
            new Message.GetReply(reply.first(), entries)));
  }
}
