package dev.tmem.swapfile;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;

/**
 * Reads segments piece by piece and digests their records while the processor's caches have them.
 * Confined to one thread.
 */
final class SegmentDigester {

  /** Bytes of one read: what comes of it stays in the processor's caches. */
  static final int READ_BYTES = 256 << 10;

  private final FileIo io;
  private final int segmentBytes;
  private final int readBytes;
  private final SegmentScan scan;

  /**
   * One read, behind what is left over of the one before. It is given back when nobody refers to
   * it: memory that is given back at a given time counts each checksum in and out.
   */
  private final ByteBuffer buffer;

  /**
   * @param readBytes of one read, no less than the header of a segment; {@link #READ_BYTES} but in
   *     tests
   * @param trusting as for {@link SegmentScan}
   */
  SegmentDigester(FileIo io, int segmentBytes, int readBytes, boolean trusting) {
    this.io = io;
    this.segmentBytes = segmentBytes;
    this.readBytes = readBytes;
    scan = new SegmentScan(trusting);
    buffer = Arena.ofAuto().allocate(readBytes + RecordLayout.MAX_RECORD, 4096).asByteBuffer();
  }

  /**
   * Reads until the first record that is not whole.
   *
   * @param base where the segment lies
   * @param seed of its generation
   */
  void digest(long base, long seed, SegmentDigest into) throws IOException {
    // The buffer's first byte lies there in the segment; what is left over lies at its beginning.
    int origin = 0;
    int left = 0;
    int at = SegmentLayout.HEADER_BYTES;
    while (origin + left < segmentBytes) {
      int filled = Math.min(left + readBytes, segmentBytes - origin);
      buffer.limit(filled).position(left);
      io.readFully(buffer, base + origin + left);
      buffer.clear();
      int next = scan.wholeRecords(buffer, seed, at, filled, into);
      left = filled - next;
      if (left >= RecordLayout.MAX_RECORD) {
        return;
      }
      buffer.put(0, buffer, next, left);
      origin += next;
      at = 0;
    }
  }
}
