package dev.tmem.dispatch;

import dev.tmem.memory.BlockPool;
import dev.tmem.memory.SlotTable;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The further copies of a stripe's pages: protection, the lower copies of promoted and written
 * through pages. An entry is a slot of its own:
 *
 * <pre>
 *   key     63..50 zero | 49..48 number of the copy, 0 to 3, without gaps | 47..0 offset
 *   word    ordinal of the backend
 *   handle  the copy's handle
 * </pre>
 *
 * <p>Confined to the lock of its stripe.
 */
final class ExtraCopies {

  /** The most extra copies of a page. */
  static final int MAX = 4;

  private static final int NUMBER_SHIFT = 48;

  private final BlockPool blocks;

  /** Made when the first copy comes: most stripes never have one. */
  private @Nullable SlotTable table;

  ExtraCopies(BlockPool blocks) {
    this.blocks = blocks;
  }

  /** The page's extra copies, in order. */
  List<Copy> of(long offset) {
    SlotTable entries = table;
    if (entries == null) {
      return List.of();
    }
    List<Copy> copies = new ArrayList<>(2);
    for (int i = 0; i < MAX; i++) {
      long ref = entries.find(key(offset, i));
      if (ref < 0) {
        break;
      }
      copies.add(new Copy((int) entries.word(ref), entries.handle(ref)));
    }
    return copies;
  }

  /**
   * Writes the page's extra copies in place of the ones it has.
   *
   * @return false: there is no memory for more; nothing has changed
   */
  boolean write(long offset, List<Copy> copies) {
    List<Copy> old = of(offset);
    if (copies.isEmpty() && old.isEmpty()) {
      return true;
    }
    SlotTable entries = table();
    for (int i = old.size(); i < copies.size(); i++) {
      if (entries.insert(key(offset, i)) < 0) {
        removeFrom(offset, old.size(), i);
        return false;
      }
    }
    removeFrom(offset, copies.size(), old.size());
    for (int i = 0; i < copies.size(); i++) {
      long ref = entries.find(key(offset, i));
      entries.setWord(ref, copies.get(i).ordinal());
      entries.setHandle(ref, copies.get(i).handle());
    }
    return true;
  }

  private void removeFrom(long offset, int from, int to) {
    for (int i = from; i < to; i++) {
      table().remove(table().find(key(offset, i)));
    }
  }

  private SlotTable table() {
    SlotTable entries = table;
    if (entries == null) {
      entries = new SlotTable(blocks);
      table = entries;
    }
    return entries;
  }

  private static long key(long offset, int number) {
    return offset | (long) number << NUMBER_SHIFT;
  }

  /** Off-heap bytes of the table. */
  long bytes() {
    return table == null ? 0 : table.blockBytes();
  }

  /** Entries in the table: the number of extra copies of all pages. */
  long size() {
    return table == null ? 0 : table.size();
  }

  /** Gives the memory back; empty afterwards, and usable. */
  void clear() {
    if (table != null) {
      table.clear();
    }
  }
}
