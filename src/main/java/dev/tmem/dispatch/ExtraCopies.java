package dev.tmem.dispatch;

import dev.tmem.memory.BlockPool;
import dev.tmem.memory.SortedTable;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The further copies of a stripe's pages: protection, the lower copies of promoted and written
 * through pages. A copy is a pair of a sorted table, so those of a page follow one another:
 *
 * <pre>
 *   key     63 zero | 62..15 offset | 14..12 number of the copy | 11..5 zero | 4..0 ordinal
 *   value   the copy's handle
 * </pre>
 *
 * The ordinal is that of its backend; copies are numbered from 0 to 3, without gaps.
 *
 * <p>Confined to the lock of its stripe.
 */
final class ExtraCopies {

  /** The most extra copies of a page. */
  static final int MAX = 4;

  private static final int ORDINAL_MASK = 31;
  private static final int NUMBER_SHIFT = 12;
  private static final int OFFSET_SHIFT = 15;
  private static final int OFFSET_BITS = 48;

  private final BlockPool blocks;

  /** Made when the first copy comes: most stripes never have one. */
  private @Nullable SortedTable table;

  ExtraCopies(BlockPool blocks) {
    this.blocks = blocks;
  }

  /** The page's extra copies, in order. */
  List<Copy> of(long offset) {
    SortedTable entries = table;
    long ref = entries == null ? -1 : first(entries, offset);
    if (entries == null || ref < 0) {
      return List.of();
    }
    List<Copy> copies = new ArrayList<>(2);
    while (ref >= 0 && isOf(entries.key(ref), offset)) {
      copies.add(new Copy((int) entries.key(ref) & ORDINAL_MASK, entries.value(ref)));
      ref = entries.next(ref);
    }
    return copies;
  }

  /**
   * Writes the page's extra copies in place of the ones it has.
   *
   * @param copies at most {@value #MAX}
   * @return false: there is no memory for more; nothing has changed
   */
  boolean write(long offset, List<Copy> copies) {
    int old = count(offset);
    if (copies.isEmpty() && old == 0) {
      return true;
    }
    SortedTable entries = table();
    for (int i = old; i < copies.size(); i++) {
      if (!entries.insert(key(offset, i, copies.get(i)), copies.get(i).handle())) {
        removeFrom(entries, offset, old);
        return false;
      }
    }
    removeFrom(entries, offset, copies.size());
    long ref = first(entries, offset);
    for (int i = 0; i < Math.min(old, copies.size()); i++) {
      entries.set(ref, key(offset, i, copies.get(i)), copies.get(i).handle());
      ref = entries.next(ref);
    }
    return true;
  }

  private int count(long offset) {
    SortedTable entries = table;
    int count = 0;
    long ref = entries == null ? -1 : first(entries, offset);
    while (entries != null && ref >= 0 && isOf(entries.key(ref), offset)) {
      count++;
      ref = entries.next(ref);
    }
    return count;
  }

  /** Removes the page's copies from that number on. */
  private static void removeFrom(SortedTable entries, long offset, int number) {
    long from = key(offset, number);
    long ref = entries.ceiling(from);
    while (ref >= 0 && isOf(entries.key(ref), offset)) {
      entries.remove(ref);
      ref = entries.ceiling(from);
    }
  }

  private SortedTable table() {
    SortedTable entries = table;
    if (entries == null) {
      entries = new SortedTable(blocks);
      table = entries;
    }
    return entries;
  }

  /** The first copy of that page, or of one after it; -1: there is none. */
  private static long first(SortedTable entries, long offset) {
    return entries.ceiling(key(offset, 0));
  }

  private static boolean isOf(long key, long offset) {
    return key >>> OFFSET_SHIFT == offset;
  }

  /** Not above the keys of all copies that have that number or a higher one, above the others. */
  private static long key(long offset, int number) {
    assert offset >>> OFFSET_BITS == 0 : offset;
    return offset << OFFSET_SHIFT | (long) number << NUMBER_SHIFT;
  }

  private static long key(long offset, int number, Copy copy) {
    assert (copy.ordinal() & ~ORDINAL_MASK) == 0 : copy;
    return key(offset, number) | copy.ordinal();
  }

  /** Gives the memory back; empty afterwards, and usable. */
  void clear() {
    if (table != null) {
      table.clear();
    }
  }
}
