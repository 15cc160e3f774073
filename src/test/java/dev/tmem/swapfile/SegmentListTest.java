package dev.tmem.swapfile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

/** Names of records, repeated in buffers that have room for them and for nothing else. */
class SegmentListTest {

  private final SegmentList list =
      new SegmentList(ByteBuffer.allocate(3 * ListLayout.MAX_NAMES * ListLayout.ENTRY_BYTES));

  private void add(int records) {
    list.begin(0, 1);
    for (int i = 0; i < records; i++) {
      list.add(RecordLayout.KIND_DURABLE, 1, i, i + 1L, i);
    }
    list.commit(records * RecordLayout.ALIGNMENT);
  }

  /** Repeats all, each part at the end of a buffer that ends with it; the bytes of all. */
  private int nameAll() {
    int total = 0;
    int part = 0;
    int left = list.count();
    while (left > 0) {
      int wanted = Math.min(left, ListLayout.MAX_NAMES) * ListLayout.ENTRY_BYTES;
      ByteBuffer full = ByteBuffer.allocate(wanted);
      assertEquals(wanted, list.name(full, 0, part++));
      total += wanted;
      left -= wanted / ListLayout.ENTRY_BYTES;
    }
    ByteBuffer full = ByteBuffer.allocate(8);
    assertEquals(0, list.name(full, full.capacity() + RecordLayout.PAYLOAD_AT, part));
    return total;
  }

  @Test
  void whatFillsTheBufferToItsLastByteIsNamed() {
    for (int records : new int[] {1, ListLayout.MAX_NAMES, ListLayout.MAX_NAMES + 1}) {
      add(records);
      assertTrue(list.hasUnnamed());
      assertEquals(records * ListLayout.ENTRY_BYTES, nameAll());
    }
  }

  @Test
  void whereNothingIsToBeNamedNoRoomIsNeeded() {
    list.begin(0, 1);
    assertFalse(list.hasUnnamed());
    assertEquals(0, list.namesBytes());
    assertEquals(0, nameAll());
  }
}
