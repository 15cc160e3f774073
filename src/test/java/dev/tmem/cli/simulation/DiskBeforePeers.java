package dev.tmem.cli.simulation;

import dev.tmem.backend.SlowBackend;

/** A planted bug: the chain has the peers behind the disk. */
final class DiskBeforePeers implements Wiring {

  private static final int BEHIND_THE_DISK = 400;

  @Override
  public SlowBackend peers(SlowBackend ramster, NodeClock clock) {
    return new RelayedBackend(ramster) {
      @Override
      public int tier() {
        return BEHIND_THE_DISK;
      }
    };
  }
}
