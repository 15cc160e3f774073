package dev.tmem.ramster.protocol;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/**
 * Tickets that one lender is yet to be told are free. Confined to the lock of the {@link PeerNode}.
 *
 * <p>A ticket is sent only when it is below the lender's floor, so that the free takes along the
 * news that no put of it is to be believed any more; else a repeated put that comes after the free
 * would leave a page behind. That holds a free back only while an older put is unanswered.
 *
 * <p>Invariant: {@code pending()} is what waits and what is sent and not yet acknowledged, at most
 * {@value #PENDING_MAX}. At that bound a further free is not kept: the lender's sweep will find its
 * page, as nobody names it any more.
 */
final class FreeQueue {

  /** Most tickets that are remembered for one lender; some 6 MiB. */
  static final int PENDING_MAX = 65_536;

  private final ArrayDeque<Ticket> waiting = new ArrayDeque<>();
  private int unacknowledged;
  private long oldestNanos;

  /** Adds a ticket; false: the queue is full. */
  boolean add(Ticket ticket, long now) {
    if (pending() >= PENDING_MAX) {
      return false;
    }
    if (waiting.isEmpty()) {
      oldestNanos = now;
    }
    waiting.add(ticket);
    return true;
  }

  /**
   * Whether there is something to send.
   *
   * @param floor a ticket that is not below it waits, and those that came after it
   */
  boolean ready(long floor) {
    Ticket first = waiting.peek();
    return first != null && first.number() < floor;
  }

  /** The next message's worth, which counts as sent. */
  List<Ticket> send(long floor) {
    List<Ticket> batch = new ArrayList<>(Math.min(waiting.size(), WireLayout.ENTRIES_MAX));
    while (batch.size() < WireLayout.ENTRIES_MAX && ready(floor)) {
      batch.add(waiting.remove());
    }
    unacknowledged += batch.size();
    return batch;
  }

  void acknowledged(List<Ticket> batch) {
    unacknowledged -= batch.size();
  }

  /** A batch whose answer will not come goes before those that wait. */
  void unsend(List<Ticket> batch) {
    unacknowledged -= batch.size();
    for (int i = batch.size() - 1; i >= 0; i--) {
      waiting.addFirst(batch.get(i));
    }
  }

  void clear() {
    waiting.clear();
  }

  int waiting() {
    return waiting.size();
  }

  /** When the one that waits longest came; meaningful if one waits. */
  long oldestNanos() {
    return oldestNanos;
  }

  int pending() {
    return waiting.size() + unacknowledged;
  }
}
