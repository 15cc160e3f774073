package dev.tmem.backend;

/**
 * The name of a page within one incarnation of a node. Immutable.
 *
 * @param space number of the page space; never used twice in an incarnation
 * @param offset 0 to {@link #MAX_OFFSET}
 */
public record PageKey(int space, long offset) {

  /** Offsets have 48 bits. */
  public static final long MAX_OFFSET = (1L << 48) - 1;
}
