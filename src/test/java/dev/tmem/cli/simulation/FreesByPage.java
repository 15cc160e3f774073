package dev.tmem.cli.simulation;

import dev.tmem.backend.PageKey;
import dev.tmem.ramster.Transport;
import dev.tmem.ramster.protocol.Envelope;
import dev.tmem.ramster.protocol.Message;
import dev.tmem.ramster.protocol.MessageCodec;
import dev.tmem.ramster.protocol.Ticket;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Consumer;

/**
 * A planted bug: a lender takes a free for one of the page as it has it, whatever ticket it names.
 * That is well as long as messages come in order; a free that the next put of its page has
 * overtaken gives up the wrong copy.
 */
final class FreesByPage implements Wiring {

  private record Page(UUID owner, PageKey key) {}

  @Override
  public Transport transport(Transport network, NodeClock clock) {
    return new Tampered(network) {

      private final Map<Page, Ticket> newest = new HashMap<>();

      @Override
      public Future<Void> open(Consumer<Buffer> frames, Consumer<String> lost) {
        return super.open(frame -> frames.accept(misread(frame)), lost);
      }

      private Buffer misread(Buffer frame) {
        Envelope envelope = decoded(frame);
        UUID from = envelope.from();
        if (envelope.message() instanceof Message.Put put) {
          for (Message.PutEntry entry : put.entries()) {
            PageKey key = entry.key();
            Ticket ticket = new Ticket(entry.ticket(), key, entry.epoch());
            newest.put(new Page(from, key), ticket);
          }
        } else if (envelope.message() instanceof Message.Free free) {
          List<Ticket> misread =
              free.tickets().stream()
                  .map(ticket -> newest.getOrDefault(new Page(from, ticket.key()), ticket))
                  .toList();
          return MessageCodec.encode(
              new Envelope(
                  from,
                  envelope.to(),
                  envelope.request(),
                  envelope.deadlineMillis(),
                  new Message.Free(free.floor(), misread)));
        }
        return frame;
      }
    };
  }
}
