package dev.tmem.ramster.protocol;

/** What was done about one entry of a request. The numbers stand on the wire. */
public enum Verdict {
  /** Kept, found, freed; in the answer to a sweep: alive. */
  DONE(0),
  /** Not kept: the lender has no room for it. */
  NO_ROOM(1),
  /** Not kept: the put came after the owner had settled that ticket. */
  LATE(2),
  /** Not kept: its checksum did not fit its bytes. */
  DAMAGED(3),
  /** The ticket stands for another page or another epoch. */
  MISMATCH(4),
  /** The ticket stands for nothing; in the answer to a sweep: nobody will ask for it again. */
  UNKNOWN(5);

  private static final Verdict[] BY_NUMBER = values();

  private final byte number;

  Verdict(int number) {
    this.number = (byte) number;
  }

  byte number() {
    return number;
  }

  static Verdict of(int number) throws WireException {
    if (number < 0 || number >= BY_NUMBER.length) {
      throw new WireException(WireException.Kind.BAD_VALUE, "verdict " + number);
    }
    return BY_NUMBER[number];
  }
}
