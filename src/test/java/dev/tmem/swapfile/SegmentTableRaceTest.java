package dev.tmem.swapfile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.junit.jupiter.api.Test;

/** Readers ask without the lock what may be read, while the writer and the cleaner change it. */
class SegmentTableRaceTest {

  private static final int SEGMENTS = 12;
  private static final int RECORD = 1000;
  private static final int READERS = 3;
  private static final int PLACES = 64;
  private static final int STEPS = 60_000;

  /** Enough that each of the readers has met something, however few processors there are. */
  private static final int LOOKS = 5_000;

  private final long seed = Long.getLong("tmem.seed", System.nanoTime());
  private final Random random = new Random(seed);
  private final Geometry geometry = new Geometry(Rig.SEGMENT_BYTES, SEGMENTS);
  private final SegmentTable table = new SegmentTable(geometry, 1, Long.MAX_VALUE, 1 << 20);

  /** What a slot of the host names; it is there until it is taken out of its place. */
  private static final class Named {
    private final long handle;
    private final long generation;

    Named(long handle, long generation) {
      this.handle = handle;
      this.generation = generation;
    }
  }

  /** Slots: a record lives, or was moved and its segment not begun anew, while one names it. */
  private final AtomicReferenceArray<Named> slots = new AtomicReferenceArray<>(PLACES);

  /** A record of the use that was over last, of which nothing may be read any more. */
  private final AtomicReference<Named> over = new AtomicReference<>();

  private final AtomicLong looks = new AtomicLong();
  private final Queue<Throwable> trouble = new ConcurrentLinkedQueue<>();
  private volatile boolean done;

  private final Named[] firsts = new Named[SEGMENTS];
  private int open = -1;
  private int end;

  @Test
  void whatASlotNamesMayAlwaysBeReadAndWhatIsOverNever() throws Exception {
    System.out.println("SegmentTableRaceTest seed " + seed);
    List<Thread> readers = new ArrayList<>();
    for (int i = 0; i < READERS; i++) {
      long own = seed + i;
      readers.add(Thread.ofPlatform().start(() -> read(new Random(own))));
    }
    try {
      for (int i = 0; (i < STEPS || looks.get() < LOOKS) && trouble.isEmpty(); i++) {
        step();
        if (i % 256 == 0) {
          table.checkInvariants();
        }
      }
    } finally {
      done = true;
      for (Thread reader : readers) {
        reader.join();
      }
    }
    if (!trouble.isEmpty()) {
      throw new AssertionError("seed " + seed, trouble.peek());
    }
    assertTrue(over.get() != null, "segments were begun anew");
    for (int place = 0; place < PLACES; place++) {
      free(place);
    }
    table.checkInvariants();
    assertEquals(0, table.livePages());
    assertEquals(0, table.badFrees());
  }

  private void read(Random own) {
    try {
      while (!done) {
        int place = own.nextInt(PLACES);
        Named named = slots.get(place);
        if (named != null) {
          long found = table.mayRead(named.handle);
          if (found != named.generation && slots.get(place) == named) {
            throw new AssertionError("named " + named.generation + ", may be read " + found);
          }
          looks.incrementAndGet();
        }
        Named before = over.get();
        if (before != null) {
          long found = table.mayRead(before.handle);
          if (found != -1 && over.get() == before) {
            throw new AssertionError("over " + before.generation + ", may be read " + found);
          }
        }
      }
    } catch (RuntimeException | Error e) {
      trouble.add(e);
    }
  }

  private void step() {
    int place = random.nextInt(PLACES);
    switch (random.nextInt(8)) {
      case 0, 1 -> free(place);
      case 2 -> clean();
      case 3 -> {
        if (open >= 0 && end > SegmentLayout.HEADER_BYTES && random.nextInt(8) == 0) {
          seal();
        }
      }
      default -> {
        long handle = append(false);
        if (handle >= 0) {
          free(place);
          slots.set(place, named(handle));
        }
      }
    }
  }

  private Named named(long handle) {
    return new Named(handle, table.generation(HandleLayout.segment(handle)));
  }

  private void free(int place) {
    Named named = slots.getAndSet(place, null);
    if (named != null) {
      table.free(named.handle, false);
    }
  }

  private void seal() {
    table.seal(open);
    open = -1;
  }

  /** A record that lives, of a size that makes segments of some dozen; -1: there is no room. */
  private long append(boolean copy) {
    int length = RECORD + random.nextInt(RECORD * 8);
    int bytes = RecordLayout.recordBytes(length);
    if (open >= 0 && end + bytes > Rig.SEGMENT_BYTES) {
      seal();
    }
    if (open < 0) {
      open = table.begin(copy);
      if (open < 0) {
        return -1;
      }
      end = SegmentLayout.HEADER_BYTES;
      Named first = firsts[open];
      if (first != null) {
        over.set(first);
      }
    }
    long handle = HandleLayout.pack(table.life(open), open, end, length);
    table.commit(new long[] {handle}, new byte[] {RecordLayout.KIND_PAGE}, 1, copy);
    if (end == SegmentLayout.HEADER_BYTES) {
      firsts[open] = named(handle);
    }
    end += bytes;
    return handle;
  }

  /** Moves what lives in a segment, as the cleaner does: copy, ask the host, end one of the two. */
  private void clean() {
    int victim = table.pickVictim(Rig.SEGMENT_BYTES, 0);
    if (victim < 0) {
      return;
    }
    for (int place = 0; place < PLACES; place++) {
      Named old = slots.get(place);
      if (old != null && HandleLayout.segment(old.handle) == victim) {
        long copy = append(true);
        if (copy >= 0 && random.nextInt(8) == 0) {
          table.dropCopy(copy);
        } else if (copy >= 0) {
          // The host says yes while it still names the old one for whoever asked before.
          table.moved(old.handle);
          slots.set(place, named(copy));
        }
      }
    }
    table.cleaned(victim, 0);
  }
}
