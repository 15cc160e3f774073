package dev.tmem.ramster.protocol;

import java.util.UUID;

/**
 * One incarnation of another node, as seen from here. Confined to the lock of the {@link PeerNode},
 * under which all is written; {@link #isSilentSince} may be asked by anybody.
 *
 * <p>Invariants: {@code DEAD} and {@code OTHER_VERSION} are final; the sequence never falls.
 */
final class Peer {

  enum State {
    /** Heard within the timeout. */
    ALIVE("alive"),
    /** Silent, or left the cluster; may be heard again. */
    DOUBTFUL("doubtful"),
    /** Known to have ended: by its goodbye, or by a later incarnation of its name. */
    DEAD("dead"),
    /** Speaks another version of the protocol. */
    OTHER_VERSION("other version");

    private final String published;

    State(String published) {
      this.published = published;
    }
  }

  private final UUID incarnation;
  private final String name;
  private final String nodeId;
  private final String address;
  private final String rack;
  private final long startedMillis;
  private final int version;

  volatile State state = State.ALIVE;
  long sequence;
  volatile long heardNanos;

  /** A peer that left the cluster is not believed to be back before this. */
  long backNanos;

  /** What it may still take: what it said last, less what was sent to it since. */
  long spareBytes;

  boolean leaving;

  /** Whether memory is set aside for what is on its way to it and from it. */
  boolean reserved;

  Peer(UUID incarnation, Message.Gossip gossip, long now) {
    this.incarnation = incarnation;
    this.name = gossip.name();
    this.nodeId = gossip.nodeId();
    this.address = gossip.address();
    this.rack = gossip.rack();
    this.startedMillis = gossip.startedMillis();
    this.version = WireLayout.VERSION_VALUE;
    this.backNanos = now;
    take(gossip, now);
  }

  /** A peer that cannot be spoken with. */
  Peer(OtherVersionException refused, long now) {
    this.incarnation = refused.from();
    this.name = refused.name();
    this.nodeId = "";
    this.address = "";
    this.rack = "";
    this.startedMillis = 0;
    this.version = refused.version();
    this.state = State.OTHER_VERSION;
    this.heardNanos = now;
  }

  void take(Message.Gossip gossip, long now) {
    sequence = gossip.sequence();
    spareBytes = gossip.spareBytes();
    leaving = gossip.leaving();
    heardNanos = now;
  }

  /** It could not be heard for so long, by no fault of its own. */
  void excuse(long nanos) {
    long excused = heardNanos + nanos;
    heardNanos = excused;
  }

  UUID incarnation() {
    return incarnation;
  }

  String name() {
    return name;
  }

  String nodeId() {
    return nodeId;
  }

  String address() {
    return address;
  }

  /** What it would be lost together with; empty: not known. */
  String rack() {
    return rack;
  }

  /** Whether it is known that both would be lost together. */
  boolean sharesRackWith(Peer other) {
    return !rack.isEmpty() && rack.equals(other.rack);
  }

  long startedMillis() {
    return startedMillis;
  }

  boolean alive() {
    return state == State.ALIVE;
  }

  /** Whether it was not heard after this moment, or is not believed to be back. Thread-safe. */
  boolean isSilentSince(long nanos) {
    return !alive() || heardNanos == nanos;
  }

  /** Whether new pages may be sent to it. */
  boolean lends() {
    return alive() && !leaving && reserved;
  }

  String publishedState() {
    return switch (state) {
      case ALIVE -> leaving ? "leaving" : state.published;
      case OTHER_VERSION ->
          "speaks version " + version + ", this node speaks " + WireLayout.VERSION_VALUE;
      default -> state.published;
    };
  }

  @Override
  public String toString() {
    return name + " (" + incarnation + ", " + publishedState() + ")";
  }
}
