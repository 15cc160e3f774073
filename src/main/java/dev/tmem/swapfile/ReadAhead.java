package dev.tmem.swapfile;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * Reads segments for recovery: while one is looked at, the next ones are read, and the checksums of
 * their records are computed, by threads of its own. Confined to one thread.
 *
 * <p>Invariant: each content is free, under way, or the one that was taken last; one more is there
 * than may be under way, so there is always one for a segment that is asked for.
 */
final class ReadAhead implements AutoCloseable {

  /** Segments that are read at a time: to read one takes longer than to look at it. */
  static final int AHEAD = 2;

  /** Bytes of one read: their checksums are computed while the processor's caches have them. */
  private static final int READ_BYTES = 256 << 10;

  private static final Future<@Nullable Void> NOTHING = CompletableFuture.completedFuture(null);

  /** A segment that was read, until the next is asked for. */
  static final class Content {
    final ByteBuffer bytes;

    /** One bit for each cell in which a whole record begins, as far as that was looked at. */
    final long[] whole;

    private int index = -1;
    private long generation;
    private Future<@Nullable Void> reading = NOTHING;

    private Content(ByteBuffer bytes) {
      this.bytes = bytes;
      whole = new long[Segment.liveWords(bytes.capacity())];
    }

    private boolean isOf(int ofIndex, long ofGeneration) {
      return index == ofIndex && generation == ofGeneration;
    }
  }

  private final SwapFile file;
  private final boolean trusting;

  /** One for each buffer: a checksum counts itself in and out where its memory was allocated. */
  private final List<Arena> arenas = new ArrayList<>();

  private final ExecutorService threads =
      Executors.newFixedThreadPool(
          AHEAD, Thread.ofPlatform().name("tmem-swapfile-recover").daemon().factory());

  private final ArrayDeque<Content> free = new ArrayDeque<>();
  private final List<Content> underWay = new ArrayList<>();
  private @Nullable Content taken;

  /**
   * @param buffer of a segment's size; others are allocated for as long as this lives
   * @param trusting as for {@link SegmentScan}
   */
  ReadAhead(SwapFile file, ByteBuffer buffer, boolean trusting) {
    this.file = file;
    this.trusting = trusting;
    free.add(new Content(buffer));
    for (int i = 0; i < AHEAD; i++) {
      Arena arena = Arena.ofShared();
      arenas.add(arena);
      free.add(new Content(arena.allocate(buffer.capacity(), 4096).asByteBuffer()));
    }
  }

  /** Begins with reading that one, if it is not under way and not too many others are. */
  void begin(int index, long generation) {
    if (underWay.size() < AHEAD && find(index, generation) == null) {
      start(index, generation);
    }
  }

  /** Waits for the segment to be read, which may have begun already. */
  Content take(int index, long generation) throws IOException {
    if (taken != null) {
      free.add(taken);
      taken = null;
    }
    Content known = find(index, generation);
    Content wanted = known == null ? start(index, generation) : known;
    underWay.remove(wanted);
    taken = wanted;
    try {
      wanted.reading.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException cause) {
        throw new IOException(cause.toString(), cause);
      }
      throw new IllegalStateException(e.getCause());
    } catch (InterruptedException | CancellationException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
    return wanted;
  }

  private @Nullable Content find(int index, long generation) {
    for (Content content : underWay) {
      if (content.isOf(index, generation)) {
        return content;
      }
    }
    return null;
  }

  private Content start(int index, long generation) {
    Content into = free.remove();
    into.index = index;
    into.generation = generation;
    into.reading =
        threads.submit(() -> {
          read(into, index, generation);
          return null;
        });
    underWay.add(into);
    return into;
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
    threads.close();
    arenas.forEach(Arena::close);
  }
}
