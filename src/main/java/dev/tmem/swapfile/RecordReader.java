package dev.tmem.swapfile;

import dev.tmem.backend.Fetched;
import dev.tmem.backend.PageRef;
import dev.tmem.backend.Zpage;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

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

  /**
   * Reads one copy without waiting for the disk.
   *
   * @return null: it would have to wait
   */
  @Nullable Fetched readNow(PageRef ref) {
    long generation = generation(ref);
    if (generation < 0) {
      return new Fetched.Gone("freed, or never kept here");
    }
    long handle = ref.handle();
    int length = recordEnd(ref);
    buffer.clear().limit(length);
    long at = file.geometry().base(HandleLayout.segment(handle)) + HandleLayout.offset(handle);
    if (!file.io().readNow(buffer, at)) {
      return null;
    }
    buffer.clear();
    return check(ref, 0, length, generation);
  }

  /** Of the segment in which the copy may still be; -1 if it is not there. */
  private long generation(PageRef ref) {
    boolean inside =
        HandleLayout.offset(ref.handle()) + recordEnd(ref) <= file.geometry().segmentBytes();
    return inside ? table.mayRead(ref.handle()) : -1;
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
    int origin = HandleLayout.offset(request.ref(from).handle());
    try {
      buffer.clear().limit(reach(request, from, to) - origin);
      file.io().readFully(buffer, base(request, from) + origin);
    } catch (IOException e) {
      counters.failedReads.add(to - from);
      for (int i = from; i < to; i++) {
        request.answer(i, new Fetched.Unavailable("the swap file cannot be read: " + e));
      }
      return;
    }
    answer(request, from, to, generation);
  }

  private long base(GetRequest request, int position) {
    return file.geometry().base(HandleLayout.segment(request.ref(position).handle()));
  }

  /** Where the copies end in their segment. */
  private static int reach(GetRequest request, int from, int to) {
    int reach = 0;
    for (int i = from; i < to; i++) {
      PageRef ref = request.ref(i);
      reach = Math.max(reach, HandleLayout.offset(ref.handle()) + recordEnd(ref));
    }
    return reach;
  }

  /** What was read lies in the buffer, from the first copy on. */
  private void answer(GetRequest request, int from, int to, long generation) {
    int origin = HandleLayout.offset(request.ref(from).handle());
    int end = reach(request, from, to) - origin;
    buffer.clear();
    for (int i = from; i < to; i++) {
      PageRef ref = request.ref(i);
      int at = HandleLayout.offset(ref.handle()) - origin;
      request.answer(i, check(ref, at, end, generation));
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
