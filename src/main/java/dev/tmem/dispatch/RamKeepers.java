package dev.tmem.dispatch;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** All {@link RamKeeper}s. Thread-safe: a concurrent list. */
final class RamKeepers {

  private final List<RamKeeper> all = new CopyOnWriteArrayList<>();

  void add(RamKeeper keeper) {
    all.add(keeper);
  }

  void compact() {
    all.forEach(RamKeeper::compact);
  }

  /** Drops what may be dropped; bytes that came free. */
  long drop(long bytes) {
    long freed = 0;
    for (RamKeeper keeper : all) {
      freed += freed < bytes ? keeper.drop(bytes - freed) : 0;
    }
    return freed;
  }

  void giveWay(long bytes) {
    all.forEach(keeper -> keeper.giveWay(bytes));
  }
}
