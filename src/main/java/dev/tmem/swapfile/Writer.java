package dev.tmem.swapfile;

import dev.tmem.backend.Backend;
import dev.tmem.backend.Scheduler;
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
  private final DurableAreas durable;
  private final LogWriter log;
  private final Cleaner cleaner;
  private final FaultGate gate;
  private final SwapfileCounters counters;
  private final Consumer<FlushRequest> forcer;
  private final Consumer<Boolean> atEnd;
  private final SyncPace pace;
  private final Gathering gathering = new Gathering();
  private final Scheduler clock;
  private final Answers answers;

  private final int cleanMostBytes;
  private final int idleMostBytes;

  /** The pages that wait for the next commit. */
  private final List<AppendRequest> owners = new ArrayList<>(LogWriter.MAX_RECORDS);

  private final int[] indexes = new int[LogWriter.MAX_RECORDS];
  private final long[] handles = new long[LogWriter.MAX_RECORDS];

  /** The request that is being appended, and its first page that is in neither hand. */
  private @Nullable AppendRequest current;

  private int currentIndex;

  /**
   * @param forcer brings to stable storage what has been written when it is called
   * @param atEnd runs last, on this thread; is told whether all that was written is there
   */
  Writer(
      Geometry geometry,
      WorkQueue queue,
      SegmentTable table,
      DurableAreas durable,
      LogWriter log,
      Cleaner cleaner,
      FaultGate gate,
      SwapfileCounters counters,
      Consumer<FlushRequest> forcer,
      Scheduler scheduler,
      Consumer<Boolean> atEnd) {
    this.queue = queue;
    this.table = table;
    this.durable = durable;
    pace = new SyncPace(scheduler);
    clock = scheduler;
    answers = new Answers(scheduler);
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
    boolean whole = false;
    try {
      for (Work work = next(); work != null; work = next()) {
        serve(work);
      }
      whole = log.force() && log.isUnharmed();
    } catch (InterruptedException | RuntimeException | Error e) {
      LOG.error("the swap file's writer has failed; its file takes no more pages", e);
      giveUp();
    } finally {
      atEnd.accept(whole);
    }
  }

  /** Answers everyone who waits, without the log. */
  private void giveUp() {
    queue.close();
    for (int i = 0; i < owners.size(); i++) {
      answers.settle(owners.get(i), indexes[i], Backend.REFUSED);
    }
    if (current != null) {
      refuseFrom(current, currentIndex);
    }
    for (Work work = queue.poll(); work != null; work = queue.poll()) {
      switch (work) {
        case AppendRequest request -> refuseFrom(request, 0);
        case FlushRequest flush -> forcer.accept(flush);
      }
    }
    answers.send();
  }

  private void refuseFrom(AppendRequest request, int from) {
    for (int i = from; i < request.size(); i++) {
      if (request.wanted(i)) {
        answers.settle(request, i, Backend.REFUSED);
      }
    }
  }

  /** The next request; commits, cleans and brings to stable storage when there is none yet. */
  private @Nullable Work next() throws InterruptedException {
    while (true) {
      Work work = queue.poll();
      if (work != null) {
        return work;
      }
      if (gather()) {
        continue;
      }
      commit();
      while ((table.freeSegments() < idleFreeSegments() || table.hasManyTombstones())
          && !gate.frozen()
          && cleaner.cleanOne(idleMostBytes, false)) {
        work = queue.poll();
        if (work != null) {
          return work;
        }
      }
      long waitMillis = pace.waitMillis(log.isDirty());
      if (waitMillis == SyncPace.FOR_EVER || queue.closed()) {
        return queue.take();
      }
      work = waitMillis > 0 ? queue.take(waitMillis) : null;
      if (work != null) {
        return work;
      }
      if (waitMillis <= 0) {
        sync();
      }
    }
  }

  /** Whether others were waited for who are to have the same sync. */
  private boolean gather() throws InterruptedException {
    if (pace.urgent() == 0 || queue.closed()) {
      return false;
    }
    long now = clock.nanoTime();
    int missing = gathering.missing(pace.urgent(), now);
    if (missing == 0) {
      return false;
    }
    queue.await(missing, gathering.leftNanos(now));
    return true;
  }

  private int idleFreeSegments() {
    return Math.max(Geometry.RESERVE_SEGMENTS + 1, table.segments() / IDLE_FREE_PARTS);
  }

  private void serve(Work work) {
    switch (work) {
      case AppendRequest request -> append(request);
      case FlushRequest flush -> {
        commit();
        forcer.accept(flush);
      }
    }
  }

  private void append(AppendRequest request) {
    current = request;
    for (int i = 0; i < request.size(); i++) {
      currentIndex = i;
      if (!request.wanted(i)) {
        continue;
      }
      if (gate.frozen() || !makeFit(request.payloadLength(i))) {
        giveBack(request, i);
        counters.refused.increment();
        answers.settle(request, i, Backend.REFUSED);
        continue;
      }
      handles[owners.size()] =
          switch (request) {
            case PutRequest put -> log.append(put.page(i));
            case InvalidateRequest gone ->
                log.appendMark(
                    RecordLayout.KIND_TOMBSTONE, gone.page(i).key(), gone.page(i).epoch());
          };
      indexes[owners.size()] = i;
      owners.add(request);
      pace.appended(durable.fsyncMillis(request.space(i)));
    }
    current = null;
  }

  /** What was not written needs no room. */
  private void giveBack(AppendRequest request, int index) {
    if (request instanceof PutRequest put) {
      table.unreserve(put.payloadLength(index), durable.wasHeld(put.space(index)));
    }
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
        return log.roll(false) && log.segmentFits(length);
      }
      if (!cleaner.cleanOne(cleanMostBytes, true)) {
        return false;
      }
    }
    return log.segmentFits(length);
  }

  /** Writes the records that wait, brings them to stable storage if need be, and answers. */
  private void commit() {
    if (owners.isEmpty()) {
      answers.send();
      return;
    }
    boolean written = log.commit(false);
    boolean safe = written && (!pace.isDue() || sync());
    pace.written();
    for (int i = 0; i < owners.size(); i++) {
      AppendRequest request = owners.get(i);
      int index = indexes[i];
      boolean isDurable = durable.wasHeld(request.space(index));
      boolean kept = isDurable ? safe : written;
      if (!written) {
        giveBack(request, index);
      } else if (!kept && request instanceof PutRequest) {
        table.free(handles[i], isDurable);
      } else {
        count(request, index, isDurable);
      }
      answers.settle(request, index, kept ? handles[i] : Backend.REFUSED);
    }
    owners.clear();
    answers.send();
  }

  private void count(AppendRequest request, int index, boolean isDurable) {
    switch (request) {
      case PutRequest put -> {
        counters.writes.increment();
        if (isDurable) {
          durable.found(put.page(index).key());
        }
      }
      case InvalidateRequest gone -> {
        counters.tombstones.increment();
        durable.found(gone.page(index).key());
      }
    }
  }

  /** Whether all that was written is on stable storage now. */
  private boolean sync() {
    long begun = clock.nanoTime();
    boolean done = log.force();
    pace.synced(done);
    if (pace.urgent() > 0) {
      gathering.synced(pace.urgent(), queue.records(), clock.nanoTime() - begun);
    }
    return done;
  }
}
