package dev.tmem.frontswap;

/** What becomes of an area, from the point of view of its name. {@code docs/lifecycle.md}. */
public enum AreaState {
  /** There is none of that name. */
  ABSENT,
  /** The backends are told of it; whoever asks for it waits. */
  OPENING,
  OPEN,
  /** Open, and a store keeps nothing. */
  FROZEN,
  /** Its pages are being freed. It has lost its name: a swapOn makes another area. */
  CLOSING
}
