package dev.tmem.swapfile;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What recovery finds out about one use of a segment: by what lists say of it, and by reading it.
 * Confined to the thread that recovers.
 */
final class FoundSegment {

  final int index;
  final long generation;

  /** Bytes that count, by its list; -1: no list has been seen. */
  int listedEnd = -1;

  /** Where the parts of its list lie; -1: that part has not been seen. */
  long[] list = Segment.NO_LISTS;

  private int partsSeen;

  /** Entries of its list, part by part, that have not been compared with what it holds. */
  final List<ByteBuffer> entries = new ArrayList<>();

  /** Bytes that count. */
  int end;

  /** Records that count. */
  int records;

  /** It was read as the one that was being written to. */
  boolean wasLast;

  /** Something lives in it. */
  boolean reached;

  FoundSegment(int index, long generation) {
    this.index = index;
    this.generation = generation;
  }

  /** Whether its whole list has been seen. */
  boolean isListed() {
    return list.length > 0 && partsSeen == list.length;
  }

  /**
   * A part of its list is found.
   *
   * @return false: it does not agree with the parts seen before, or is one of them
   */
  boolean addPart(int part, int parts, int newEnd, long handle) {
    if (list.length == 0) {
      list = new long[parts];
      Arrays.fill(list, -1);
    }
    if (parts != list.length || list[part] >= 0) {
      return false;
    }
    list[part] = handle;
    partsSeen++;
    listedEnd = newEnd;
    return true;
  }
}
