package dev.tmem.swapfile;

import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

/** What the backend has done since it was activated. Thread-safe. */
final class SwapfileCounters {

  /** Pages read, asked for by the dispatcher and found intact. */
  final LongAdder reads = new LongAdder();

  /** Pages written, the cleaner's not counted. */
  final LongAdder writes = new LongAdder();

  /** Pages that could not be read, or were found damaged. */
  final LongAdder failedReads = new LongAdder();

  /** Pages whose write failed. */
  final LongAdder failedWrites = new LongAdder();

  /** Records that failed a check of theirs, once for each time they were looked at. */
  final LongAdder corruptRecords = new LongAdder();

  /** Pages that were refused before anything was written: no room, queue full, frozen. */
  final LongAdder refused = new LongAdder();

  /** All bytes written to the file, the cleaner's too. */
  final LongAdder bytesWritten = new LongAdder();

  /** Write calls, each of many records. */
  final LongAdder batches = new LongAdder();

  /** Segments the cleaner emptied. */
  final LongAdder cleanerEmptied = new LongAdder();

  /** Segments the cleaner could not empty, and left for later. */
  final LongAdder cleanerStuck = new LongAdder();

  /** Segments it left for later, since its budget was spent. */
  final LongAdder cleanerShort = new LongAdder();

  /** Pages the cleaner moved. */
  final LongAdder cleanerMoved = new LongAdder();

  /** Copies the cleaner wrote in vain. */
  final LongAdder cleanerDropped = new LongAdder();

  /** Times that failed writes froze the backend. */
  final LongAdder freezes = new LongAdder();

  /** Times that the log was brought to stable storage. */
  final LongAdder syncs = new LongAdder();

  /** Times that this failed. */
  final LongAdder failedSyncs = new LongAdder();

  /** Invalidated pages of durable areas that were put on record. */
  final LongAdder tombstones = new LongAdder();

  void addTo(Map<String, Long> into) {
    into.put("bd_reads", reads.sum());
    into.put("bd_writes", writes.sum());
    into.put("failed_reads", failedReads.sum());
    into.put("failed_writes", failedWrites.sum());
    into.put("corrupt_records", corruptRecords.sum());
    into.put("refused", refused.sum());
    into.put("bytes_written", bytesWritten.sum());
    into.put("write_calls", batches.sum());
    into.put("cleaner_emptied", cleanerEmptied.sum());
    into.put("cleaner_stuck", cleanerStuck.sum());
    into.put("cleaner_short", cleanerShort.sum());
    into.put("cleaner_moved", cleanerMoved.sum());
    into.put("cleaner_dropped", cleanerDropped.sum());
    into.put("freezes", freezes.sum());
    into.put("syncs", syncs.sum());
    into.put("failed_syncs", failedSyncs.sum());
    into.put("tombstones", tombstones.sum());
  }
}
