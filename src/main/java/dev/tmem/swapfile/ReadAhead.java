package dev.tmem.swapfile;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * Reads segments for recovery: while what one holds is gathered, the next ones are read and
 * digested by threads of its own. Confined to one thread.
 */
final class ReadAhead implements AutoCloseable {

  /** Threads that read: one takes longer to read a segment than it takes to gather it. */
  private static final int READERS = 2;

  /** Segments that are read ahead, at most: so no reader waits for the one that gathers. */
  static final int AHEAD = 3 * READERS;

  /** A segment that is read, or has been. Immutable. */
  private record Reading(int index, long generation, Future<SegmentDigest> digest) {}

  private final SwapFile file;
  private final FoundAreas areas;
  private final ArrayBlockingQueue<SegmentDigester> idle = new ArrayBlockingQueue<>(READERS);

  private final ExecutorService threads =
      Executors.newFixedThreadPool(
          READERS, Thread.ofPlatform().name("tmem-swapfile-recover").daemon().factory());

  private final List<Reading> underWay = new ArrayList<>();

  /**
   * @param trusting as for {@link SegmentScan}
   */
  ReadAhead(SwapFile file, FoundAreas areas, boolean trusting) {
    this.file = file;
    this.areas = areas;
    for (int i = 0; i < READERS; i++) {
      idle.add(
          new SegmentDigester(
              file.io(), file.geometry().segmentBytes(), SegmentDigester.READ_BYTES, trusting));
    }
  }

  /**
   * Begins with reading that one, if it is not under way and not too many others are.
   *
   * @param life for the handles of its records
   */
  void begin(int index, long generation, int life) {
    if (underWay.size() < AHEAD && find(index, generation) == null) {
      start(index, generation, life);
    }
  }

  /** Waits for the segment to be read, which may have begun already. */
  SegmentDigest take(int index, long generation, int life) throws IOException {
    Reading known = find(index, generation);
    Reading wanted = known == null ? start(index, generation, life) : known;
    underWay.remove(wanted);
    try {
      return wanted.digest.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException cause) {
        throw new IOException(cause.toString(), cause);
      }
      throw new IllegalStateException(e.getCause());
    } catch (InterruptedException | CancellationException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  private @Nullable Reading find(int index, long generation) {
    for (Reading reading : underWay) {
      if (reading.index == index && reading.generation == generation) {
        return reading;
      }
    }
    return null;
  }

  private Reading start(int index, long generation, int life) {
    Future<SegmentDigest> digest = threads.submit(() -> digest(index, generation, life));
    Reading reading = new Reading(index, generation, digest);
    underWay.add(reading);
    return reading;
  }

  private SegmentDigest digest(int index, long generation, int life) throws IOException {
    SegmentDigest into = new SegmentDigest(index, life, file.geometry().segmentBytes(), areas);
    // There are as many as threads, so one is idle.
    SegmentDigester digester = idle.remove();
    try {
      digester.digest(
          file.geometry().base(index), GenerationSeed.of(file.uuid(), generation), into);
    } finally {
      idle.add(digester);
    }
    return into;
  }

  @Override
  public void close() {
    threads.close();
  }
}
