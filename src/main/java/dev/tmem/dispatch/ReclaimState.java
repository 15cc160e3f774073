package dev.tmem.dispatch;

/**
 * How it stands with the pool in RAM. Immutable.
 *
 * @param marks in bytes
 * @param usedBytes what is held against them
 * @param relieving whether cold pages go down
 * @param emergency whether writers pay
 * @param lanes batches under way
 * @param waiting stores that wait for room, or for a page that goes down for them
 */
public record ReclaimState(
    Watermarks marks,
    long usedBytes,
    boolean relieving,
    boolean emergency,
    int lanes,
    int waiting) {

  /** Whether what comes to RAM would stay there. */
  boolean hasRoom() {
    return !relieving && usedBytes < marks.low();
  }
}
