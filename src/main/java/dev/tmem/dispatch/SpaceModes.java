package dev.tmem.dispatch;

/**
 * How the operations of a page space behave; every mode may be switched at any time and applies to
 * operations that begin later.
 *
 * <p>Thread-safe: one word, changed under this object's monitor and read without it.
 */
public final class SpaceModes {

  private static final int WRITETHROUGH = 1;
  private static final int EXCLUSIVE = 2;
  private static final int FROZEN = 4;
  private static final int NODE_FROZEN = 8;
  private static final int DURABLE = 16;

  private volatile int bits;

  SpaceModes(boolean nodeFrozen) {
    bits = nodeFrozen ? NODE_FROZEN : 0;
  }

  private synchronized void set(int bit, boolean on) {
    bits = on ? bits | bit : bits & ~bit;
  }

  private boolean has(int mask) {
    return (bits & mask) != 0;
  }

  /** Whether a store completes only when the lowest tier has the page too. */
  public boolean isWritethrough() {
    return has(WRITETHROUGH);
  }

  public void setWritethrough(boolean on) {
    set(WRITETHROUGH, on);
  }

  /** Whether a load takes the page away; never in a durable area. */
  public boolean isExclusive() {
    return (bits & (EXCLUSIVE | DURABLE)) == EXCLUSIVE;
  }

  public void setExclusive(boolean on) {
    set(EXCLUSIVE, on);
  }

  /** Whether a store keeps nothing, and leaves the page absent: the space or the node is frozen. */
  public boolean isFrozen() {
    return has(FROZEN | NODE_FROZEN);
  }

  /** Freezes or thaws the space; it stays frozen as long as the node is. */
  public void setFrozen(boolean on) {
    set(FROZEN, on);
  }

  void setDurable() {
    set(DURABLE, true);
  }

  void setNodeFrozen(boolean on) {
    set(NODE_FROZEN, on);
  }

  /** Whether a store that needs RAM alone is not enough. */
  boolean isRamNotEnough() {
    return has(WRITETHROUGH | FROZEN | NODE_FROZEN | DURABLE);
  }
}
