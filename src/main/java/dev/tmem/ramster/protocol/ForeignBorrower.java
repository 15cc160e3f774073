package dev.tmem.ramster.protocol;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One borrower, as its lender knows it. Confined to the lock of the {@link PeerNode}.
 *
 * <p>Invariant: the floor never falls.
 */
final class ForeignBorrower {

  /** Refusals that are remembered, so that a repeated put is answered as it was the first time. */
  private static final int REFUSALS_MAX = 1_024;

  private final Peer peer;
  private final ForeignTable table;
  private final Map<Long, List<Verdict>> refusals = new LinkedHashMap<>();
  private long floor;

  /** Where the sweep goes on. */
  long sweepCursor;

  /** When the sweep goes on, or asks again. */
  long sweepNanos;

  /** What the borrower was asked about; null: nothing. */
  @Nullable List<Ticket> sweepAsked;

  /** Where the sweep goes on after what was asked; -1: at the start, after a pause. */
  long sweepNext;

  long sweepRequest;

  /** Where handing back goes on. */
  long handBackCursor;

  /** When what was asked for is given up, or more may be asked for. */
  long handBackNanos;

  /** What it was asked last to take elsewhere. */
  List<Ticket> handBackAsked = List.of();

  long handBackRequest;

  /** Pages that it took elsewhere since it is known. */
  long handedBack;

  private long handBackBytes;

  ForeignBorrower(Peer peer, ForeignTable table, long firstSweep, long now) {
    this.peer = peer;
    this.table = table;
    this.sweepNanos = firstSweep;
    this.handBackNanos = now;
  }

  Peer peer() {
    return peer;
  }

  ForeignTable table() {
    return table;
  }

  /** It is asked to take pages elsewhere. */
  void beginHandBack(long request, List<Ticket> asked, long bytes) {
    handBackRequest = request;
    handBackAsked = asked;
    handBackBytes = bytes;
  }

  /** It has answered, or will not; more may be asked for after that time. */
  void endHandBack(long next) {
    handBackAsked = List.of();
    handBackBytes = 0;
    handBackNanos = next;
  }

  boolean isHandingBack() {
    return !handBackAsked.isEmpty();
  }

  /** Bytes, estimated, that it is asked for and has not answered about. */
  long handBackBytes() {
    return handBackBytes;
  }

  long raiseFloor(long told) {
    floor = Math.max(floor, told);
    return floor;
  }

  @Nullable List<Verdict> refusal(long request) {
    return refusals.get(request);
  }

  void remember(long request, List<Verdict> verdicts) {
    if (refusals.size() >= REFUSALS_MAX) {
      refusals.remove(refusals.keySet().iterator().next());
    }
    refusals.put(request, verdicts);
  }
}
