package dev.tmem.swapfile;

import dev.tmem.backend.Fetched;
import dev.tmem.backend.PageRef;
import dev.tmem.backend.Zpage;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Reads copies for one part of a request. Confined to one reader, with its buffer.
 *
 * <p>No lock is held while the disk is read, so a segment may be emptied, begun anew and written
 * over meanwhile. That is found out, not prevented: what was read counts only if it is intact in
 * the generation that the segment had before, and names the page and epoch asked for. What fails
 * that is damage if the record is still there in the same generation, else it has gone.
 */
final class RecordReader {

  /** Bytes of one read at most. */
  static final int BUFFER_BYTES = 256 << 10;

  /** Bytes nobody asked for that are read rather than asking the disk once more. */
  private static final int MAX_GAP_BYTES = 4096;

  private final SwapFile file;
  private final SegmentTable table;
  private final SwapfileCounters counters;
  private final ByteBuffer buffer;
  private final RecordCodec codec = new RecordCodec();

  RecordReader(SwapFile file, SegmentTable table, SwapfileCounters counters, ByteBuffer buffer) {
    this.file = file;
    this.table = table;
    this.counters = counters;
    this.buffer = buffer;
  }

  /** Answers for every copy of the part, whatever happens. */
  void read(GetRequest request, int part) {
    int end = request.begin(part + 1);
    for (int at = request.begin(part); at < end; ) {
      long generation = generation(request.ref(at));
      int next = at + 1;
      if (generation < 0) {
        request.answer(at, new Fetched.Gone("freed, or never kept here"));
      } else {
        next = runEnd(request, at, end, generation);
        readRun(request, at, next, generation);
      }
      at = next;
    }
  }

  /** Of the segment in which the copy may still be; -1 if it is not there. */
  private long generation(PageRef ref) {
    boolean inside =
        HandleLayout.offset(ref.handle()) + recordEnd(ref) <= file.geometry().segmentBytes();
    return inside ? table.readable(ref.handle()) : -1;
  }

  /** Bytes of the record that matter: its padding is not read. */
  private static int recordEnd(PageRef ref) {
    return RecordLayout.PAYLOAD_AT + HandleLayout.length(ref.handle());
  }

  /** How far copies lie close enough together to be read with one call. */
  private int runEnd(GetRequest request, int from, int end, long generation) {
    long first = request.ref(from).handle();
    int reach = HandleLayout.offset(first) + recordEnd(request.ref(from));
    int next = from + 1;
    for (; next < end; next++) {
      PageRef ref = request.ref(next);
      int offset = HandleLayout.offset(ref.handle());
      boolean close =
          HandleLayout.segment(ref.handle()) == HandleLayout.segment(first)
              && offset <= reach + MAX_GAP_BYTES
              && offset + recordEnd(ref) - HandleLayout.offset(first) <= buffer.capacity()
              && generation(ref) == generation;
      if (!close) {
        break;
      }
      reach = Math.max(reach, offset + recordEnd(ref));
    }
    return next;
  }

  private void readRun(GetRequest request, int from, int to, long generation) {
    long first = request.ref(from).handle();
    int segment = HandleLayout.segment(first);
    int origin = HandleLayout.offset(first);
    int reach = origin;
    for (int i = from; i < to; i++) {
      reach =
          Math.max(reach, HandleLayout.offset(request.ref(i).handle()) + recordEnd(request.ref(i)));
    }
    try {
      buffer.clear().limit(reach - origin);
      file.io().readFully(buffer, file.geometry().base(segment) + origin);
    } catch (IOException e) {
      counters.failedReads.add(to - from);
      for (int i = from; i < to; i++) {
        request.answer(i, new Fetched.Unavailable("the swap file cannot be read: " + e));
      }
      return;
    }
    buffer.clear();
    for (int i = from; i < to; i++) {
      PageRef ref = request.ref(i);
      int at = HandleLayout.offset(ref.handle()) - origin;
      request.answer(i, check(ref, at, reach - origin, generation));
    }
  }

  private Fetched check(PageRef ref, int at, int end, long generation) {
    long seed = GenerationSeed.of(file.uuid(), generation);
    boolean header = codec.headerIntact(buffer, at, end, seed);
    if (header && RecordCodec.names(buffer, at, ref)) {
      Zpage zpage = codec.zpage(buffer, at, seed);
      if (zpage != null) {
        counters.reads.increment();
        return new Fetched.Found(zpage);
      }
    }
    if (table.readable(ref.handle()) != generation) {
      return new Fetched.Gone("its segment has been used anew");
    }
    if (header && !RecordCodec.names(buffer, at, ref)) {
      return new Fetched.Gone("the handle names another page's record");
    }
    counters.failedReads.increment();
    counters.corruptRecords.increment();
    return new Fetched.Corrupt(
        (header ? "payload" : "header")
            + " checksum wrong in segment "
            + HandleLayout.segment(ref.handle())
            + " at "
            + HandleLayout.offset(ref.handle()));
  }
}
