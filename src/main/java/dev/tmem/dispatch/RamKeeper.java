package dev.tmem.dispatch;

/**
 * Somebody else who keeps zpages in the first RAM backend, as a lender does for its peers. Own
 * pages come first. Thread-safe; called with no lock held.
 */
public interface RamKeeper {

  /** Offers each of its handles to the backend's compaction. */
  void compact();

  /**
   * Drops zpages that may be dropped.
   *
   * @return bytes that came free; 0: it has none
   */
  long drop(long bytes);

  /** Own pages go down for want of so much room: what has to be kept is to be brought elsewhere. */
  void giveWay(long bytes);
}
