package dev.tmem.ramster.protocol;

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

  /** First ticket and number of tickets of each put whose outcome is open. */
  private final TreeMap<Long, Integer> unsettled = new TreeMap<>();

  final FreeQueue frees = new FreeQueue();

  /** Free messages that are not answered. */
  int freesOut;

  /** Bytes of puts that are not answered. */
  long bytesInFlight;

  /** Pages of gets that are not answered. */
  int pagesAsked;

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

  void open(long firstTicket, int tickets) {
    unsettled.put(firstTicket, tickets);
  }

  void settled(long firstTicket) {
    unsettled.remove(firstTicket);
  }

  boolean isOpen(long ticket) {
    var put = unsettled.floorEntry(ticket);
    return put != null && ticket < put.getKey() + put.getValue();
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
    assert freesOut >= 0 : freesOut;
    assert !unsettled.isEmpty() || bytesInFlight == 0 : bytesInFlight;
  }
}
