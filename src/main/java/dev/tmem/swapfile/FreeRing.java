package dev.tmem.swapfile;

/**
 * The free segments, first in first out, so that wear is spread. Confined to the lock of the {@link
 * SegmentTable} that owns it.
 */
final class FreeRing {

  private int[] ring;
  private int head;
  private int count;

  /** Has room for so many, and holds none. */
  FreeRing(int segments) {
    ring = new int[segments];
  }

  int count() {
    return count;
  }

  void add(int index) {
    ring[(head + count) % ring.length] = index;
    count++;
  }

  int take() {
    int index = ring[head];
    head = (head + 1) % ring.length;
    count--;
    return index;
  }

  /** The one that is taken after so many others. */
  int get(int place) {
    return ring[(head + place) % ring.length];
  }

  void clear() {
    head = 0;
    count = 0;
  }

  /** Makes room for more. */
  void grow(int segments) {
    int[] larger = new int[segments];
    for (int i = 0; i < count; i++) {
      larger[i] = get(i);
    }
    head = 0;
    ring = larger;
  }

  /** Each is there once, and is free. */
  void checkInvariants(Segment[] segments) {
    boolean[] seen = new boolean[segments.length];
    for (int i = 0; i < count; i++) {
      int index = get(i);
      if (seen[index] || segments[index].state != Segment.State.FREE) {
        throw new AssertionError("twice in the ring, or not free: " + index);
      }
      seen[index] = true;
    }
  }
}
