package dev.tmem.ramster.protocol;

import java.util.UUID;

/** A frame of a node that speaks another version of the protocol. */
public final class OtherVersionException extends WireException {

  private static final long serialVersionUID = 1L;

  private final int version;
  private final UUID from;
  private final String name;

  OtherVersionException(int version, UUID from, String name) {
    super(
        Kind.OTHER_VERSION,
        (name.isEmpty() ? from.toString() : name)
            + " speaks version "
            + version
            + " of the peer protocol, this node speaks version "
            + WireLayout.VERSION_VALUE);
    this.version = version;
    this.from = from;
    this.name = name;
  }

  public int version() {
    return version;
  }

  public UUID from() {
    return from;
  }

  /** Its name if the frame is a gossip, else empty. */
  public String name() {
    return name;
  }
}
