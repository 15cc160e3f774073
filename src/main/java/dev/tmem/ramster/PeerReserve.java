package dev.tmem.ramster;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.tmem.memory.MemoryAccount;
import dev.tmem.ramster.protocol.Reserve;

/**
 * The buffers of the peers in use, within the memory limit. However many there are, they take a
 * quarter of it at the most: the rest is for pages. Thread-safe: this object's monitor.
 */
final class PeerReserve implements Reserve {

  private static final int PART_OF_LIMIT = 4;

  private final MemoryAccount account;

  @GuardedBy("this")
  private long taken;

  PeerReserve(MemoryAccount account) {
    this.account = account;
  }

  @Override
  public synchronized boolean take(long bytes) {
    if (taken + bytes > account.limit() / PART_OF_LIMIT || !account.tryChargeTable(bytes)) {
      return false;
    }
    taken += bytes;
    return true;
  }

  @Override
  public synchronized void give(long bytes) {
    account.release(bytes);
    taken -= bytes;
  }
}
