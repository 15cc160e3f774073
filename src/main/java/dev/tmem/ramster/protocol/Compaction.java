package dev.tmem.ramster.protocol;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * How far one offer of all foreign zpages to compaction has come: one block of slots a step, so
 * that the lock is never held long. Confined to the lock of the {@link PeerNode}.
 */
public final class Compaction {

  private final Set<ForeignTable> finished = new HashSet<>();
  private long cursor;

  /** False: all tables were offered. */
  boolean step(List<ForeignTable> tables) {
    for (ForeignTable table : tables) {
      if (!finished.contains(table)) {
        cursor = table.compact(cursor);
        if (cursor < 0) {
          finished.add(table);
          cursor = 0;
        }
        return true;
      }
    }
    return false;
  }
}
