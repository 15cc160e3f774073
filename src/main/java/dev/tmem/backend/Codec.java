package dev.tmem.backend;

/** How the bytes of a zpage are to be read. The numbers stand in slots, on the wire and on disk. */
public enum Codec {
  /** The page itself. */
  RAW(0),
  /** One LZ4 block, without a frame. */
  LZ4(1),
  /** Eight bytes, big-endian, that fill the page. */
  SAME(2);

  private static final Codec[] BY_NUMBER = values();

  private final byte number;

  Codec(int number) {
    this.number = (byte) number;
  }

  public byte number() {
    return number;
  }

  /**
   * @throws IllegalArgumentException if no codec has that number
   */
  public static Codec of(int number) {
    if (number < 0 || number >= BY_NUMBER.length) {
      throw new IllegalArgumentException(
          "codec " + number + " is not known; 0 to " + (BY_NUMBER.length - 1) + " are");
    }
    return BY_NUMBER[number];
  }
}
