package dev.tmem.zram;

/**
 * What is known of the spans of one region: one entry in each array, by the span's index there.
 *
 * <p>An entry belongs to the size class that owns the span and is guarded by that class's lock. Two
 * fields are also read without it: {@code owner}, to find the lock at all, after which it is read
 * again under that lock; and {@code list} by {@link #isVictim}, a hint.
 */
final class SpanRecords {
  /** No size class owns the span. */
  static final byte NO_OWNER = 0;

  /** Number of the owning size class, plus 1. */
  final byte[] owner;

  /** Free places: see {@link SpanLayout}. */
  final long[] free;

  /** Objects in the span. */
  final short[] live;

  /** Which of its class's lists the span is on, and its neighbours there: see {@link SpanLists}. */
  final byte[] list;

  final int[] next;
  final int[] previous;

  SpanRecords(int spans) {
    owner = new byte[spans];
    free = new long[spans];
    live = new short[spans];
    list = new byte[spans];
    next = new int[spans];
    previous = new int[spans];
  }

  /** Bytes of heap that the entry of one span takes. */
  static final int ENTRY_BYTES = 2 * Byte.BYTES + Long.BYTES + Short.BYTES + 2 * Integer.BYTES;

  boolean isVictim(int index) {
    return owner[index] != NO_OWNER && list[index] == SpanLists.VICTIMS;
  }
}
