package dev.tmem.swapfile;

import dev.tmem.backend.Zpage;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Appends records to the open segment: collects them in a buffer and writes it with one call.
 * Confined to the writer thread.
 *
 * <p>Invariants: the buffer's bytes {@code [0, filled)} belong at {@code [start, start + filled)}
 * of the open segment; the handles handed out since the last {@link #commit} are {@code
 * batch[0..count)}, and name nothing until it has succeeded.
 */
final class LogWriter {

  /** Bytes of one write at most: larger ones are no quicker, and hold up those who wait. */
  static final int WRITE_BYTES = 512 << 10;

  /** Records of one write at most. */
  static final int MAX_RECORDS = 4096;

  private static final int NONE = -1;

  private final SwapFile file;
  private final SegmentTable table;
  private final FaultGate gate;
  private final SwapfileCounters counters;
  private final ByteBuffer buffer;
  private final RecordCodec codec = new RecordCodec();
  private final long[] batch = new long[MAX_RECORDS];

  private int segment = NONE;
  private int life;
  private long seed;
  private long previousGeneration;
  private int start;
  private int filled;
  private int count;

  /**
   * @param buffer of {@link #WRITE_BYTES}, for this class alone
   */
  LogWriter(
      SwapFile file,
      SegmentTable table,
      FaultGate gate,
      SwapfileCounters counters,
      ByteBuffer buffer) {
    this.file = file;
    this.table = table;
    this.gate = gate;
    this.counters = counters;
    this.buffer = buffer;
  }

  /** Whether the open segment has room for such a record; false if none is open. */
  boolean segmentFits(int payloadLength) {
    return segment != NONE
        && start + filled + RecordLayout.recordBytes(payloadLength)
            <= file.geometry().segmentBytes();
  }

  /** Whether such a record can be appended at once. */
  boolean fits(int payloadLength) {
    return segmentFits(payloadLength)
        && count < MAX_RECORDS
        && filled + RecordLayout.recordBytes(payloadLength) <= buffer.capacity();
  }

  /** Records waiting for {@link #commit}. */
  int count() {
    return count;
  }

  /**
   * Appends a zpage that {@link #fits}.
   *
   * @return its handle, good once committed
   */
  long append(Zpage zpage) {
    return appended(
        zpage.length(), codec.encode(buffer, filled, seed, RecordLayout.KIND_PAGE, 0, zpage));
  }

  /** Appends a copy of a record with an intact header that {@link #fits}. */
  long appendCopy(ByteBuffer from, int at, long fromSeed) {
    int length = RecordCodec.payloadLength(from, at);
    return appended(length, codec.copy(buffer, filled, seed, 0, from, at, fromSeed));
  }

  private long appended(int payloadLength, int recordBytes) {
    long handle = HandleLayout.pack(life, segment, start + filled, payloadLength);
    batch[count++] = handle;
    filled += recordBytes;
    return handle;
  }

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
    try {
      buffer.clear().limit(filled);
      file.io().writeFully(buffer, file.geometry().base(segment) + start);
    } catch (IOException e) {
      gate.failed();
      counters.failedWrites.add(count);
      count = 0;
      filled = 0;
      sealOpen();
      return false;
    } finally {
      buffer.clear();
    }
    gate.succeeded();
    table.commit(batch, count, copies);
    counters.batches.increment();
    counters.bytesWritten.add(filled);
    start += filled;
    count = 0;
    filled = 0;
    return true;
  }

  /**
   * Seals the open segment and begins another; nothing may wait for commit.
   *
   * @param cleaning the reserve may be used
   * @return false: there is none
   */
  boolean roll(boolean cleaning) {
    assert count == 0;
    sealOpen();
    int next = table.begin(cleaning);
    if (next < 0) {
      return false;
    }
    long generation = table.generation(next);
    segment = next;
    life = table.life(next);
    seed = GenerationSeed.of(file.uuid(), generation);
    start = 0;
    SegmentLayout.encode(buffer, file.uuid(), next, generation, previousGeneration);
    filled = SegmentLayout.HEADER_BYTES;
    previousGeneration = generation;
    return true;
  }

  private void sealOpen() {
    if (segment != NONE) {
      table.seal(segment);
      segment = NONE;
    }
  }
}
