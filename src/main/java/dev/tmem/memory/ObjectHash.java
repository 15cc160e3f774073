package dev.tmem.memory;

/**
 * Turns the 128 bits that name an object into 128 others, one to one, that look like chance to
 * whoever does not know the salt: whoever chooses the objects cannot choose where they lie.
 * Immutable.
 */
public final class ObjectHash {

  private final long salt;
  private final long otherSalt;

  public ObjectHash(long salt, long otherSalt) {
    this.salt = salt;
    this.otherSalt = otherSalt;
  }

  /** The second word of the name. */
  public long second(long high, long low) {
    return low ^ SlotHash.mix(high + salt);
  }

  /**
   * The first word of the name.
   *
   * @param second as {@link #second} made it of the same object
   */
  public long first(long high, long second) {
    return high ^ SlotHash.mix(second + otherSalt);
  }

  /** The upper 64 bits of the object that has that name. */
  public long high(long first, long second) {
    return first(first, second);
  }

  /**
   * The lower 64 bits of the object that has that name.
   *
   * @param high its upper ones
   */
  public long low(long high, long second) {
    return second(high, second);
  }
}
