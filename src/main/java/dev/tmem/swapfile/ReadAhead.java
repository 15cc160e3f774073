package dev.tmem.swapfile;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * Reads segments for recovery: while one is looked at, the next is read, and the checksums of its
 * records are computed, by a thread of its own. Confined to one thread.
 */
final class ReadAhead implements AutoCloseable {

  /** Bytes of one read: their checksums are computed while the processor's caches have them. */
  private static final int READ_BYTES = 256 << 10;

  /** A segment that was read, until the one after the next is asked for. */
  static final class Content {
    final ByteBuffer bytes;

    /** One bit for each cell in which a whole record begins, as far as that was looked at. */
    final long[] whole;

    private int index = -1;
    private long generation;

    private Content(ByteBuffer bytes) {
      this.bytes = bytes;
      whole = new long[Segment.liveWords(bytes.capacity())];
    }
  }

  private final SwapFile file;
  private final boolean trusting;
  private final Arena arena = Arena.ofShared();
  private final ExecutorService thread =
      Executors.newSingleThreadExecutor(
          Thread.ofPlatform().name("tmem-swapfile-recover").daemon().factory());

  private Content free;
  private Content under;
  private @Nullable Future<@Nullable Void> reading;

  /**
   * @param buffer of a segment's size; another one is allocated for as long as this lives
   * @param trusting as for {@link SegmentScan}
   */
  ReadAhead(SwapFile file, ByteBuffer buffer, boolean trusting) {
    this.file = file;
    this.trusting = trusting;
    free = new Content(buffer);
    under = new Content(arena.allocate(buffer.capacity(), 4096).asByteBuffer());
  }

  /** Begins with reading that one; the content returned last stays as it is. */
  void begin(int index, long generation) {
    under.index = index;
    under.generation = generation;
    Content into = under;
    // What was begun in vain before is over when this begins.
    reading =
        thread.submit(() -> {
          read(into, index, generation);
          return null;
        });
  }

  /** Waits for the segment to be read, which may have begun already. */
  Content take(int index, long generation) throws IOException {
    if (reading == null || under.index != index || under.generation != generation) {
      begin(index, generation);
    }
    Future<@Nullable Void> done = reading;
    reading = null;
    Content read = under;
    under = free;
    free = read;
    try {
      if (done != null) {
        done.get();
      }
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException cause) {
        throw new IOException(cause.toString(), cause);
      }
      throw new IllegalStateException(e.getCause());
    } catch (InterruptedException | CancellationException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
    return read;
  }

  private void read(Content into, int index, long generation) throws IOException {
    Arrays.fill(into.whole, 0);
    long base = file.geometry().base(index);
    long seed = GenerationSeed.of(file.uuid(), generation);
    SegmentScan scan = new SegmentScan(trusting);
    ByteBuffer bytes = into.bytes;
    int at = SegmentLayout.HEADER_BYTES;
    for (int from = 0; from < bytes.capacity(); from += READ_BYTES) {
      int to = Math.min(bytes.capacity(), from + READ_BYTES);
      bytes.limit(to).position(from);
      file.io().readFully(bytes, base + from);
      bytes.clear();
      at = scan.findWhole(bytes, seed, at, to, into.whole);
    }
  }

  @Override
  public void close() {
    thread.close();
    arena.close();
  }
}
