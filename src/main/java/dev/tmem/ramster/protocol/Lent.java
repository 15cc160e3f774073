package dev.tmem.ramster.protocol;

import java.util.ArrayDeque;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongPredicate;

/**
 * What one lender keeps for this node, seen from here. Confined to the lock of the {@link
 * PeerNode}, except {@link #evacuating} and {@link #takingBack}.
 *
 * <p>Invariant: a ticket drawn for this lender and not below {@link #floor} belongs to a put whose
 * outcome is open; a ticket below it will never be put again.
 */
final class Lent {

  private final int index;
  private final Peer peer;

  /** A put whose outcome is open. */
  private record Open(int tickets, long sinceNanos) {}

  /** By the first ticket of each. */
  private final TreeMap<Long, Open> unsettled = new TreeMap<>();

  final FreeQueue frees = new FreeQueue();

  /** Free messages that are not answered. */
  int freesOut;

  /** Bytes of puts that are not answered. */
  long bytesInFlight;

  /** Pages of gets that are not answered, those that wait among them. */
  int pagesAsked;

  /** The most bytes that the answers to gets that were sent may have. */
  long askedBytes;

  /** Gets that wait until others are answered. */
  final ArrayDeque<Call> waitingGets = new ArrayDeque<>();

  /** Copies that were handed to the dispatcher and not freed by it. */
  long pages;

  private long pagesEver;
  private long bytesEver;

  /** Set while the dispatcher is moving pages away from this lender. */
  final AtomicBoolean evacuating = new AtomicBoolean();

  /** Set while the dispatcher is moving pages that this lender asked to be rid of. */
  final AtomicBoolean takingBack = new AtomicBoolean();

  Lent(int index, Peer peer) {
    this.index = index;
    this.peer = peer;
  }

  int index() {
    return index;
  }

  Peer peer() {
    return peer;
  }

  void open(long firstTicket, int tickets, long now) {
    unsettled.put(firstTicket, new Open(tickets, now));
  }

  void settled(long firstTicket) {
    unsettled.remove(firstTicket);
  }

  /** Whether a ticket is of a put whose outcome is open. */
  boolean isOpen(long ticket) {
    var put = unsettled.floorEntry(ticket);
    return put != null && ticket < put.getKey() + put.getValue().tickets();
  }

  /** For how long the oldest put has been unanswered; 0: none is. */
  long unansweredFor(long now) {
    return unsettled.isEmpty() ? 0 : now - unsettled.firstEntry().getValue().sinceNanos();
  }

  /**
   * @param nextTicket the next one that any lender gets
   */
  long floor(long nextTicket) {
    return unsettled.isEmpty() ? nextTicket : unsettled.firstKey();
  }

  void kept(int zpageBytes) {
    pages++;
    pagesEver++;
    bytesEver += zpageBytes;
  }

  /** Estimated: pages there now, each of the mean size of all that ever went there. */
  long bytes() {
    return pagesEver == 0 ? 0 : (long) ((double) bytesEver / pagesEver * pages);
  }

  /** Passes the handles of copies kept by this lender. */
  LongPredicate handles() {
    int mine = index;
    return handle -> HandleLayout.lender(handle) == mine;
  }

  void checkInvariants() {
    assert bytesInFlight >= 0 : bytesInFlight;
    assert pagesAsked >= 0 : pagesAsked;
    assert askedBytes >= 0 : askedBytes;
    assert askedBytes > 0 || waitingGets.isEmpty() : waitingGets.size();
    assert freesOut >= 0 : freesOut;
    assert !unsettled.isEmpty() || bytesInFlight == 0 : bytesInFlight;
  }
}
