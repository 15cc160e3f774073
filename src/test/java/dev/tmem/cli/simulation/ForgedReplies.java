package dev.tmem.cli.simulation;

import dev.tmem.ramster.Transport;
import dev.tmem.ramster.protocol.Envelope;
import dev.tmem.ramster.protocol.Message;
import dev.tmem.ramster.protocol.MessageCodec;
import dev.tmem.ramster.protocol.Verdict;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.util.Collections;
import java.util.function.Consumer;

/**
 * A planted bug: every put is taken for acknowledged as soon as it is sent, so the source goes
 * before the lender has the page.
 */
final class ForgedReplies implements Wiring {

  private static final long SPARE_BYTES = 1 << 20;

  @Override
  public Transport transport(Transport network, NodeClock clock) {
    return new Tampered(network) {

      @Override
      public Future<Void> open(Consumer<Buffer> frames, Consumer<String> lost) {
        this.frames = frames;
        return super.open(frames, lost);
      }

      private Consumer<Buffer> frames = frame -> {};

      @Override
      public void send(String address, Buffer frame) {
        super.send(address, frame);
        Envelope sent = decoded(frame);
        if (sent.message() instanceof Message.Put put) {
          Message reply =
              new Message.PutReply(
                  SPARE_BYTES, Collections.nCopies(put.entries().size(), Verdict.DONE));
          Envelope forged = new Envelope(sent.to(), sent.from(), sent.request(), 0, reply);
          clock.execute(() -> frames.accept(MessageCodec.encode(forged)));
        }
      }
    };
  }
}
