package dev.tmem.eventbus;

import dev.tmem.ErrorCode;
import dev.tmem.TmemException;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Which requests of which clients were seen: a request that comes twice is carried out once, and
 * one that its client has given up on, not at all.
 *
 * <p>A client numbers its requests and says with each which is the lowest it still waits for. What
 * is below that floor is over for the client; should it arrive only now (a node that was paused
 * serves its queue late), it is refused. No clock is needed for that. So a request whose answer was
 * given up on has happened before the client's next one is answered, or it never will.
 *
 * <p>Confined to the context of the service. Bounded: {@link #MAX_CLIENTS} clients, the ones not
 * heard of for the longest are forgotten; {@link #MAX_GAPS} gaps in the numbers of each.
 */
final class Clients {

  static final int MAX_CLIENTS = 10_000;

  /** Twice as many as our own client has requests in flight, each of which may be late. */
  static final int MAX_GAPS = 2 * Channel.MAX_IN_FLIGHT;

  private static final int MAX_NAME = 128;

  private static final class Client {
    long floor = Long.MIN_VALUE;
    final SeenNumbers seen = new SeenNumbers();
  }

  private final Map<String, Client> clients =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Client> eldest) {
          return size() > MAX_CLIENTS;
        }
      };

  /**
   * Notes a request.
   *
   * @throws TmemException with {@link ErrorCode#EXPIRED} or {@link ErrorCode#REPEATED}
   */
  void admit(String name, long sequence, long floor) {
    if (name.length() > MAX_NAME) {
      throw Request.malformed(
          "the client's name has " + name.length() + " characters; " + MAX_NAME + " are allowed");
    }
    Client client = clients.computeIfAbsent(name, key -> new Client());
    client.floor = Math.max(client.floor, floor);
    client.seen.forgetBelow(client.floor);
    if (sequence < client.floor) {
      throw new TmemException(
          ErrorCode.EXPIRED,
          "request "
              + sequence
              + " of client "
              + name
              + " is below its floor "
              + client.floor
              + ": it was given up");
    }
    if (client.seen.ranges() > MAX_GAPS) {
      throw Request.malformed(
          "client " + name + " has left out more than " + MAX_GAPS + " numbers above its floor");
    }
    if (!client.seen.add(sequence)) {
      throw new TmemException(
          ErrorCode.REPEATED, "request " + sequence + " of client " + name + " was seen before");
    }
  }
}
