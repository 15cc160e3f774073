package dev.tmem.swapfile;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * A disk in memory that remembers what reached it and when it was made to be stable, so that it can
 * be looked at as it might be after the power failed at any moment. Thread-safe: its monitor.
 */
final class CrashDisk {

  /** Power fails in units of this. */
  static final int SECTOR = 512;

  /** How what was not stable comes out of a crash. */
  enum Outcome {
    /** As the process wrote it: only the process died. */
    ALL,
    /** Nothing. */
    NONE,
    /** The first writes, the last of them torn. */
    PREFIX,
    /** Any of the writes, in any sectors. */
    SHUFFLED
  }

  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Event(long position, byte[] bytes, boolean force) {}

  private final byte[] image;
  private final byte[] before;
  private final List<Event> events = new ArrayList<>();

  /** Calls from this one on fail; so many of its bytes are written. */
  private int failsFrom = Integer.MAX_VALUE;

  private int failsFor;

  /** Writes and forces so far, the failed ones too. */
  private int calls;

  private int marked;

  /** Reads of more than a header fail here. */
  private long unreadable = -1;

  CrashDisk(byte[] image) {
    this.image = image.clone();
    this.before = image.clone();
  }

  /** Lets calls fail: as many as are given, from a given one on. */
  synchronized void fail(int from, int howMany) {
    failsFrom = from;
    failsFor = howMany;
  }

  /** Lets reads fail that begin at a place. */
  synchronized void failReads(long position) {
    unreadable = position;
  }

  FileIo io() {
    return new FileIo() {
      @Override
      public int write(ByteBuffer from, long position) throws IOException {
        return written(from, position);
      }

      @Override
      public int read(ByteBuffer into, long position) throws IOException {
        return readBytes(into, position);
      }

      @Override
      public void force() throws IOException {
        forced();
      }
    };
  }

  private synchronized int written(ByteBuffer from, long position) throws IOException {
    byte[] bytes = new byte[from.remaining()];
    from.get(bytes);
    boolean fails = fails();
    int kept = fails ? bytes.length / 2 : bytes.length;
    System.arraycopy(bytes, 0, image, (int) position, kept);
    events.add(
        new Event(
            position, kept == bytes.length ? bytes : java.util.Arrays.copyOf(bytes, kept), false));
    if (fails) {
      throw new IOException("injected: write failed");
    }
    return bytes.length;
  }

  private synchronized int readBytes(ByteBuffer into, long position) throws IOException {
    int length = into.remaining();
    if (position == unreadable && length > SegmentLayout.HEADER_BYTES) {
      throw new IOException("injected: read failed");
    }
    into.put(image, (int) position, length);
    return length;
  }

  private synchronized void forced() throws IOException {
    if (fails()) {
      throw new IOException("injected: force failed");
    }
    events.add(new Event(0, new byte[0], true));
  }

  private boolean fails() {
    int call = calls++;
    return call >= failsFrom && call < failsFrom + failsFor;
  }

  /** Writes and forces so far. */
  synchronized int events() {
    return events.size();
  }

  /** The last force among so many events. */
  synchronized int forcedBefore(int count) {
    int stable = 0;
    for (int i = 0; i < count; i++) {
      stable = events.get(i).force ? i : stable;
    }
    return stable;
  }

  /** Remembers this moment. */
  synchronized void mark() {
    marked = events.size();
  }

  synchronized int marked() {
    return marked;
  }

  synchronized int calls() {
    return calls;
  }

  synchronized byte[] image() {
    return image.clone();
  }

  /** The disk as it may be if the power failed after so many events. */
  synchronized byte[] after(int count, Outcome outcome, Random random) {
    byte[] disk = before.clone();
    int stable = 0;
    for (int i = 0; i < count; i++) {
      stable = events.get(i).force ? i : stable;
    }
    List<Event> unsynced = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Event event = events.get(i);
      if (i < stable || outcome == Outcome.ALL) {
        System.arraycopy(event.bytes, 0, disk, (int) event.position, event.bytes.length);
      } else {
        unsynced.add(event);
      }
    }
    switch (outcome) {
      case ALL, NONE -> {
        // Done.
      }
      case PREFIX -> prefix(disk, unsynced, random);
      case SHUFFLED -> {
        for (Event event : unsynced) {
          if (random.nextInt(4) > 0) {
            sectors(disk, event, random);
          }
        }
      }
    }
    return disk;
  }

  private static void prefix(byte[] disk, List<Event> unsynced, Random random) {
    int whole = unsynced.isEmpty() ? 0 : random.nextInt(unsynced.size() + 1);
    for (int i = 0; i < whole; i++) {
      Event event = unsynced.get(i);
      int length = event.bytes.length;
      if (i == whole - 1 && length > 0) {
        length = random.nextInt(length + 1);
      }
      System.arraycopy(event.bytes, 0, disk, (int) event.position, length);
    }
  }

  private static void sectors(byte[] disk, Event event, Random random) {
    int each = 1 + random.nextInt(8);
    for (int at = 0; at < event.bytes.length; at += SECTOR) {
      if (random.nextInt(each) == 0) {
        int length = Math.min(SECTOR, event.bytes.length - at);
        System.arraycopy(event.bytes, at, disk, (int) event.position + at, length);
      }
    }
  }
}
