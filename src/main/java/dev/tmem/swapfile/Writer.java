package dev.tmem.swapfile;

import dev.tmem.backend.Backend;
import dev.tmem.backend.Zpage;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one thread that writes to the log: takes requests, writes many pages at a time, and makes
 * room by the cleaner, before it is needed when it has nothing else to do.
 *
 * <p>A put is never answered before its write has returned, and always answered.
 */
final class Writer implements Runnable {

  private static final Logger LOG = LoggerFactory.getLogger(Writer.class);

  /** With nothing else to do it cleans until a sixteenth of the segments is free. */
  private static final int IDLE_FREE_PARTS = 16;

  private final WorkQueue queue;
  private final SegmentTable table;
  private final LogWriter log;
  private final Cleaner cleaner;
  private final FaultGate gate;
  private final SwapfileCounters counters;
  private final Consumer<FlushRequest> forcer;
  private final Runnable atEnd;

  private final int cleanMostBytes;
  private final int idleMostBytes;

  /** The pages that wait for the next commit. */
  private final List<PutRequest> owners = new ArrayList<>(LogWriter.MAX_RECORDS);

  private final int[] indexes = new int[LogWriter.MAX_RECORDS];
  private final long[] handles = new long[LogWriter.MAX_RECORDS];

  /** The request that is being appended, and its first page that is in neither hand. */
  private @Nullable PutRequest current;

  private int currentIndex;

  /**
   * @param forcer brings to stable storage what has been written when it is called
   * @param atEnd runs last, on this thread
   */
  Writer(
      Geometry geometry,
      WorkQueue queue,
      SegmentTable table,
      LogWriter log,
      Cleaner cleaner,
      FaultGate gate,
      SwapfileCounters counters,
      Consumer<FlushRequest> forcer,
      Runnable atEnd) {
    this.queue = queue;
    this.table = table;
    this.log = log;
    this.cleaner = cleaner;
    this.gate = gate;
    this.counters = counters;
    this.forcer = forcer;
    this.atEnd = atEnd;
    cleanMostBytes = geometry.sureBytes();
    idleMostBytes = geometry.sureBytes() / 2;
  }

  @Override
  public void run() {
    try {
      for (Work work = next(); work != null; work = next()) {
        serve(work);
      }
    } catch (InterruptedException | RuntimeException | Error e) {
      LOG.error("the swap file's writer has failed; its file takes no more pages", e);
      giveUp();
    } finally {
      atEnd.run();
    }
  }

  /** Answers everyone who waits, without the log. */
  private void giveUp() {
    queue.close();
    for (int i = 0; i < owners.size(); i++) {
      owners.get(i).settle(indexes[i], Backend.REFUSED);
    }
    if (current != null) {
      refuseFrom(current, currentIndex);
    }
    for (Work work = queue.poll(); work != null; work = queue.poll()) {
      switch (work) {
        case PutRequest put -> refuseFrom(put, 0);
        case FlushRequest flush -> forcer.accept(flush);
      }
    }
  }

  private static void refuseFrom(PutRequest put, int from) {
    for (int i = from; i < put.size(); i++) {
      if (put.wanted(i)) {
        put.settle(i, Backend.REFUSED);
      }
    }
  }

  /** The next request; commits and cleans when there is none yet. */
  private @Nullable Work next() throws InterruptedException {
    Work work = queue.poll();
    if (work != null) {
      return work;
    }
    commit();
    while (table.freeSegments() < idleFreeSegments()
        && !gate.frozen()
        && cleaner.cleanOne(idleMostBytes)) {
      work = queue.poll();
      if (work != null) {
        return work;
      }
    }
    return queue.take();
  }

  private int idleFreeSegments() {
    return Math.max(Geometry.RESERVE_SEGMENTS + 1, table.segments() / IDLE_FREE_PARTS);
  }

  private void serve(Work work) {
    switch (work) {
      case PutRequest put -> append(put);
      case FlushRequest flush -> {
        commit();
        forcer.accept(flush);
      }
    }
  }

  private void append(PutRequest put) {
    current = put;
    for (int i = 0; i < put.size(); i++) {
      currentIndex = i;
      if (!put.wanted(i)) {
        continue;
      }
      Zpage page = put.page(i);
      if (gate.frozen() || !makeFit(page.length())) {
        table.unreserve(page.length());
        counters.refused.increment();
        put.settle(i, Backend.REFUSED);
        continue;
      }
      handles[owners.size()] = log.append(page);
      indexes[owners.size()] = i;
      owners.add(put);
    }
    current = null;
  }

  /** Sees to it that such a record can be appended; false if there is no room for it. */
  private boolean makeFit(int length) {
    if (log.fits(length)) {
      return true;
    }
    commit();
    int maxCleanings = 2 * table.segments();
    for (int i = 0; i < maxCleanings && !log.segmentFits(length); i++) {
      if (table.freeSegments() > Geometry.RESERVE_SEGMENTS) {
        return log.roll(false);
      }
      if (!cleaner.cleanOne(cleanMostBytes)) {
        return false;
      }
    }
    return log.segmentFits(length);
  }

  /** Writes the pages that wait and answers for them. */
  private void commit() {
    boolean kept = log.commit(false);
    if (kept) {
      counters.writes.add(owners.size());
    }
    for (int i = 0; i < owners.size(); i++) {
      if (!kept) {
        table.unreserve(HandleLayout.length(handles[i]));
      }
      owners.get(i).settle(indexes[i], kept ? handles[i] : Backend.REFUSED);
    }
    owners.clear();
  }
}
