package dev.tmem.node;

import dev.tmem.dispatch.RamKeeper;
import dev.tmem.ramster.RamsterBackend;

/** Peers' pages, as they stand in the way of the node's own. Thread-safe. */
public final class ForeignPages implements RamKeeper {

  private final RamsterBackend ramster;

  public ForeignPages(RamsterBackend ramster) {
    this.ramster = ramster;
  }

  @Override
  public void compact() {
    ramster.compact();
  }

  @Override
  public long drop(long bytes) {
    return ramster.dropEphemeral(bytes);
  }

  @Override
  public void giveWay(long bytes) {
    ramster.giveWay(bytes);
  }
}
