package dev.tmem.swapfile;

import dev.tmem.backend.PageKey;
import dev.tmem.backend.Zpage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;

/**
 * Appends records to the open segment: collects them in a buffer and writes it with one call.
 * Confined to the writer thread.
 *
 * <p>While the file holds durable areas, everything written is brought to stable storage before
 * another segment is begun, and each segment begins with the list of the one before. So bytes that
 * never reached the disk are in the last segment only, and what a segment held can be known without
 * it.
 *
 * <p>Invariants: the buffer's bytes {@code [0, filled)} belong at {@code [start, start + filled)}
 * of the open segment; the handles handed out since the last {@link #commit} are {@code
 * batch[0..count)}, and name nothing until it has succeeded; {@code synced <= start}.
 */
final class LogWriter {

  /** Bytes of one write at most: larger ones are no quicker, and hold up those who wait. */
  static final int WRITE_BYTES = 1 << 20;

  /** Records of one write at most. */
  static final int MAX_RECORDS = 4096;

  /** Free segments that are marked as such on disk, at most, when the log goes on to another. */
  private static final int MAX_MARKED = 64;

  private static final int NONE = -1;

  private final SwapFile file;
  private final SegmentTable table;
  private final WriteOut out;
  private final DurableAreas durable;
  private final FaultGate gate;
  private final SwapfileCounters counters;
  private final ByteBuffer buffer;
  private final RecordCodec codec = new RecordCodec();
  private final long[] batch = new long[MAX_RECORDS];
  private final byte[] kinds = new byte[MAX_RECORDS];
  private final int[] marked = new int[MAX_MARKED];

  /** Of the open segment. */
  private SegmentList own;

  /** Of the segment before, as long as it is not written. */
  private SegmentList sealed;

  private boolean sealedWaits;

  private int segment = NONE;
  private int life;
  private long generation;
  private long seed;
  private int start;
  private int synced;
  private int filled;
  private int count;

  /** Something was written that has not been brought to stable storage. */
  private boolean dirty;

  /** No write and no sync has failed: whatever has an intact header is intact. */
  private boolean unharmed = true;

  /**
   * @param buffer of {@link #WRITE_BYTES}, for this class alone
   * @param lists two, for this class alone
   */
  LogWriter(
      SwapFile file,
      SegmentTable table,
      WriteOut out,
      DurableAreas durable,
      FaultGate gate,
      SwapfileCounters counters,
      ByteBuffer buffer,
      SegmentList[] lists) {
    this.file = file;
    this.table = table;
    this.out = out;
    this.durable = durable;
    this.gate = gate;
    this.counters = counters;
    this.buffer = buffer;
    // A process that was killed may have left its last writes to the system.
    dirty = durable.any();
    own = lists[0];
    sealed = lists[1];
  }

  /** Whether the open segment has room for such a record; false if none is open. */
  boolean segmentFits(int payloadLength) {
    return segment != NONE
        && !own.isFull()
        && start + filled + own.namesBytes() + RecordLayout.recordBytes(payloadLength)
            <= file.geometry().segmentBytes();
  }

  /** Whether such a record can be appended at once. */
  boolean fits(int payloadLength) {
    return segmentFits(payloadLength)
        && count < MAX_RECORDS
        && filled + own.namesBytes() + RecordLayout.recordBytes(payloadLength) <= buffer.capacity();
  }

  /** Records waiting for {@link #commit}. */
  int count() {
    return count;
  }

  // ---- Appending

  /**
   * Appends a zpage that {@link #fits}.
   *
   * @return its handle, good once committed
   */
  long append(Zpage zpage) {
    byte kind =
        durable.wasHeld(zpage.key().space()) ? RecordLayout.KIND_DURABLE : RecordLayout.KIND_PAGE;
    list(kind, zpage.key(), zpage.epoch());
    return appended(kind, zpage.length(), codec.encode(buffer, filled, seed, kind, synced, zpage));
  }

  /**
   * Appends a tombstone, or what says that a page is lost; it {@link #fits}.
   *
   * @return its handle, good once committed
   */
  long appendMark(byte kind, PageKey key, long epoch) {
    list(kind, key, epoch);
    int bytes = codec.encodeMark(buffer, filled, seed, kind, synced, key, epoch, generation);
    return appended(kind, RecordLayout.BORN_BYTES, bytes);
  }

  /** Appends a copy of a record with an intact header that {@link #fits}. */
  long appendCopy(ByteBuffer from, int at, long fromSeed) {
    byte kind = RecordCodec.kind(from, at);
    if (kind != RecordLayout.KIND_LIST) {
      list(kind, RecordCodec.key(from, at), RecordCodec.epoch(from, at));
    }
    int length = RecordCodec.payloadLength(from, at);
    return appended(kind, length, codec.copy(buffer, filled, seed, synced, from, at, fromSeed));
  }

  private void list(byte kind, PageKey key, long epoch) {
    if (kind != RecordLayout.KIND_PAGE) {
      int cell = (start + filled) / RecordLayout.ALIGNMENT;
      own.add(kind, key.space(), key.offset(), epoch, cell);
    }
  }

  /**
   * Appends a list; an empty segment has room for it, and so has the buffer.
   *
   * @param handles gets those of its parts
   */
  private int appendList(SegmentList list, long[] handles) {
    int parts = ListLayout.parts(list.count());
    for (int part = 0; part < parts; part++) {
      int length = list.encode(buffer, filled + RecordLayout.PAYLOAD_AT, part);
      int bytes = codec.encodeList(buffer, filled, seed, synced, length);
      handles[part] = appended(RecordLayout.KIND_LIST, length, bytes);
    }
    return parts;
  }

  private long appended(byte kind, int payloadLength, int recordBytes) {
    long handle = HandleLayout.pack(life, segment, start + filled, payloadLength);
    kinds[count] = kind;
    batch[count++] = handle;
    filled += recordBytes;
    return handle;
  }

  // ---- Writing

  /**
   * Writes what was appended.
   *
   * @return false: it failed; none of it is kept, and the segment is given up, since nobody knows
   *     what the disk has of it
   */
  boolean commit(boolean copies) {
    if (count == 0) {
      return true;
    }
    repeatNames();
    try {
      buffer.clear().limit(filled);
      file.io().writeFully(buffer, file.geometry().base(segment) + start);
    } catch (IOException e) {
      gate.failed(e.toString());
      counters.failedWrites.add(count);
      unharmed = false;
      count = 0;
      filled = 0;
      own.rollback();
      giveUp();
      return false;
    } finally {
      buffer.clear();
    }
    gate.succeeded();
    table.commit(batch, kinds, count, copies);
    counters.batches.increment();
    counters.bytesWritten.add(filled);
    start += filled;
    dirty = true;
    own.commit(start);
    count = 0;
    filled = 0;
    return true;
  }

  /**
   * Repeats behind the records which durable ones were written before them: should the header of
   * one be damaged while nothing else lists what the segment holds, it is known which page is lost.
   */
  private void repeatNames() {
    if (!own.hasUnnamed()) {
      return;
    }
    int place = start + filled;
    int part = 0;
    int length = own.name(buffer, filled + RecordLayout.PAYLOAD_AT, part);
    while (length > 0) {
      filled += codec.encodeNames(buffer, filled, seed, synced, segment, generation, length);
      length = own.name(buffer, filled + RecordLayout.PAYLOAD_AT, ++part);
    }
    own.namedBefore(place);
  }

  /**
   * Whether every write and every sync so far went well. After one that did not, headers may have
   * reached the disk without their payloads, or not at all, though later syncs succeed.
   */
  boolean isUnharmed() {
    return unharmed;
  }

  /** Whether something was written that has not been brought to stable storage. */
  boolean isDirty() {
    return dirty;
  }

  /**
   * Brings what was written to stable storage.
   *
   * @return false: it failed; what of it the disk has nobody knows, so the segment is given up
   */
  boolean force() {
    if (!dirty) {
      return true;
    }
    try {
      file.io().force();
    } catch (IOException e) {
      gate.failed(e.toString());
      counters.failedSyncs.increment();
      unharmed = false;
      giveUp();
      return false;
    }
    counters.syncs.increment();
    dirty = false;
    synced = start;
    return true;
  }

  private void giveUp() {
    if (segment != NONE) {
      out.sealed(segment, start);
      table.seal(segment);
      segment = NONE;
      keepList();
    }
  }

  /** The list of what has just been sealed waits for the next segment. */
  private void keepList() {
    // If nothing was written, the list before still waits, and what is sealed has nothing to list.
    if (own.end > 0) {
      SegmentList newest = own;
      own = sealed;
      sealed = newest;
      sealedWaits = true;
    }
  }

  /** Whether the open segment has room for a list; false if none is open. */
  boolean fitsList(SegmentList list) {
    long bytes = own.namesBytes();
    for (int part = 0; part < ListLayout.parts(list.count()); part++) {
      bytes += RecordLayout.recordBytes(ListLayout.partBytes(list.count(), part));
    }
    return segment != NONE
        && count == 0
        && start + filled + bytes <= file.geometry().segmentBytes()
        && filled + bytes <= buffer.capacity();
  }

  // ---- The next segment

  /** The list of the open segment, for whoever finds out what that holds. */
  SegmentList openList() {
    return own;
  }

  /**
   * Goes on with the segment that the process before was writing to, behind its last record: a
   * process that dies at each of its starts uses no segment up.
   *
   * @param end where the next record goes; the open list knows what lies before
   * @param wipe something may lie behind that was written and does not count: none of it may ever
   *     be taken for part of what is written from now on
   * @return false: it failed
   */
  boolean resume(int index, int end, boolean wipe) {
    assert segment == NONE && count == 0;
    if (wipe && !wiped(index, end)) {
      return false;
    }
    dirty = true;
    if (!force()) {
      return false;
    }
    open(index);
    start = end;
    synced = end;
    return true;
  }

  /**
   * Writes zeros to the end of a segment. A sync of blocks that are reserved, but were never
   * written, has the file system write its journal too, which takes longer than all the rest; so in
   * a durable log they are written once before they are used.
   */
  private boolean wiped(int index, int end) {
    long base = file.geometry().base(index);
    int segmentBytes = file.geometry().segmentBytes();
    try {
      for (int at = end; at < segmentBytes; at += buffer.capacity()) {
        MemorySegment.ofBuffer(buffer.clear()).fill((byte) 0);
        file.io()
            .writeFully(buffer.limit(Math.min(buffer.capacity(), segmentBytes - at)), base + at);
      }
      return true;
    } catch (IOException e) {
      gate.failed(e.toString());
      return false;
    } finally {
      buffer.clear();
    }
  }

  private void open(int index) {
    segment = index;
    generation = table.generation(index);
    life = table.life(index);
    seed = GenerationSeed.of(file.uuid(), generation);
  }

  /**
   * Seals the open segment and begins another; nothing may wait for commit.
   *
   * @param cleaning the reserve may be used
   * @return false: there is none
   */
  boolean roll(boolean cleaning) {
    assert count == 0;
    giveUp();
    if (durable.any() && !settleBefore()) {
      return false;
    }
    int next = table.begin(cleaning);
    if (next < 0) {
      return false;
    }
    long previousGeneration = generation;
    open(next);
    start = 0;
    synced = 0;
    own.begin(next, generation);
    if (table.noteWritten(next) && durable.any() && !wiped(next, 0)) {
      giveUp();
      return false;
    }
    SegmentLayout.encode(buffer, file.uuid(), next, generation, previousGeneration);
    filled = SegmentLayout.HEADER_BYTES;
    return !sealedWaits || !durable.any() || writeList(sealed);
  }

  /**
   * Writes a list at the place that comes next, at the beginning of a segment as a rule.
   *
   * @return false: the write failed
   */
  boolean writeList(SegmentList list) {
    assert count == 0;
    if (!table.holdsSomething(list.segment, list.generation)) {
      sealedWaits &= list != sealed;
      return true;
    }
    long[] handles = new long[ListLayout.parts(list.count())];
    appendList(list, handles);
    if (!commit(false)) {
      return false;
    }
    table.listed(list.segment, list.generation, handles);
    sealedWaits &= list != sealed;
    return true;
  }

  /**
   * Before a segment is written over: what makes its old content needless must be safe. Then
   * segments that have become free are marked as such, so that they keep no tombstone alive.
   */
  private boolean settleBefore() {
    if (!force()) {
      return false;
    }
    table.markedSafely();
    return markFree(marked, table.freeToMark(marked));
  }

  /**
   * Marks free segments as such on disk; all that was written before is on stable storage, and
   * nothing waits in the buffer.
   *
   * @return false: the write failed
   */
  boolean markFree(int[] indexes, int indexCount) {
    assert filled == 0 || segment == NONE;
    for (int i = 0; i < indexCount; i++) {
      int free = indexes[i];
      SegmentLayout.encodeFree(buffer, file.uuid(), free, table.generation(free));
      try {
        buffer.clear().limit(SegmentLayout.HEADER_BYTES);
        file.io().writeFully(buffer, file.geometry().base(free));
        table.marked(free);
        dirty = true;
      } catch (IOException e) {
        gate.failed(e.toString());
        return false;
      } finally {
        buffer.clear();
      }
    }
    return true;
  }
}
