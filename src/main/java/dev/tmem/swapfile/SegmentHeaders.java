package dev.tmem.swapfile;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the headers of segments say at recovery, and which segment was written last if its own says
 * nothing any more. Confined to the thread that recovers.
 */
final class SegmentHeaders {

  private static final Logger LOG = LoggerFactory.getLogger(SegmentHeaders.class);

  /** What a damaged sector leaves of the beginning of a segment tells a used one from a new one. */
  private static final int FIRST_BYTES = 4096;

  /** Generations that were begun, and have left no header behind, since their write failed. */
  private static final int MAX_SKIPPED = 4;

  /** Activations since the last one in which a segment was begun. */
  private static final int MAX_LIVES = 64;

  private final SwapFile file;
  private final ByteBuffer buffer;
  private final SegmentScan scan = new SegmentScan(false);

  /** Of all intact headers, also those of segments in which nothing counts. */
  private long highest;

  /**
   * @param firstGeneration lower ones hold nothing durable
   * @param buffer of a segment's size
   */
  SegmentHeaders(SwapFile file, long firstGeneration, ByteBuffer buffer) {
    this.file = file;
    this.buffer = buffer;
    highest = firstGeneration - 1;
  }

  /** As {@link SegmentLayout#generation}; also damaged if it cannot be read. */
  long read(int index) {
    try {
      read(index, SegmentLayout.HEADER_BYTES);
    } catch (IOException e) {
      LOG.warn("{}: header of segment {} cannot be read: {}", file.path(), index, e.toString());
      return SegmentLayout.DAMAGED;
    }
    highest = Math.max(highest, SegmentLayout.lastGeneration(buffer, file.uuid(), index));
    return SegmentLayout.generation(buffer, file.uuid(), index);
  }

  private void read(int index, int bytes) throws IOException {
    buffer.clear().limit(bytes);
    try {
      file.io().readFully(buffer, file.geometry().base(index));
    } finally {
      buffer.clear();
    }
  }

  /**
   * Looks whether one of the damaged headers is that of the segment written last: no list says what
   * that is. But its generation comes after all others, or is the first of a later activation, and
   * whole records show themselves by it.
   *
   * @return null: none of them
   */
  @Nullable FoundSegment findLast(Set<Integer> damaged) {
    for (int index : damaged) {
      try {
        read(index, FIRST_BYTES);
        long generation = isBlank() ? SegmentLayout.DAMAGED : generation(index);
        if (generation != SegmentLayout.DAMAGED) {
          LOG.warn("{}: the header of segment {}, the last one, is damaged", file.path(), index);
          return new FoundSegment(index, generation);
        }
      } catch (IOException e) {
        LOG.warn("{}: segment {} cannot be read: {}", file.path(), index, e.toString());
      }
    }
    return null;
  }

  private boolean isBlank() {
    int at = 0;
    while (at < FIRST_BYTES && buffer.getLong(at) == 0) {
      at += Long.BYTES;
    }
    return at == FIRST_BYTES;
  }

  /** The generation that whole records of a segment show, of those that it may have. */
  private long generation(int index) throws IOException {
    read(index, buffer.capacity());
    for (long next = highest + 1; next <= highest + MAX_SKIPPED; next++) {
      if (holds(next)) {
        return next;
      }
    }
    long first = file.firstGeneration() - Activation.GENERATIONS;
    for (int lives = 0; lives < MAX_LIVES && first > highest; lives++) {
      if (holds(first)) {
        return first;
      }
      first -= Activation.GENERATIONS;
    }
    return SegmentLayout.DAMAGED;
  }

  private boolean holds(long generation) {
    return scan.holdsRecord(buffer, GenerationSeed.of(file.uuid(), generation));
  }

  /** Writes a header anew, that of a segment which was filled after one that nobody knows. */
  static void write(SwapFile file, int index, long generation) throws IOException {
    ByteBuffer header = ByteBuffer.allocate(SegmentLayout.HEADER_BYTES);
    SegmentLayout.encode(header, file.uuid(), index, generation, 0);
    file.io().writeFully(header, file.geometry().base(index));
  }
}
