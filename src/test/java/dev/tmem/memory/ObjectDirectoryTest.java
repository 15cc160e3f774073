package dev.tmem.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ObjectDirectoryTest {

  private final MemoryAccount account = new MemoryAccount(32 << 20);
  private final RegionPool regions = new RegionPool(account);
  private final BlockPool blocks = new BlockPool(regions);
  private final ObjectDirectory directory = new ObjectDirectory(blocks, 3);

  @AfterEach
  void leavesNothing() {
    directory.checkInvariants();
    directory.clear();
    assertEquals(0, blocks.usedBytes());
    regions.close();
  }

  @Test
  void theWholeRangeOfIndexesIsKept() {
    int[] indexes = {0, 1, 63, 64, Integer.MAX_VALUE, Integer.MIN_VALUE, -65, -64, -1};
    Set<Long> keys = new HashSet<>();
    for (int index : indexes) {
      long key = directory.add(5, 6, index);
      assertTrue(key > 0);
      assertEquals(index, ObjectDirectory.index(key));
      assertTrue(keys.add(key));
    }
    for (int index : indexes) {
      long key = ObjectDirectory.pageKey(directory.find(5, 6), index);
      assertTrue(directory.contains(key));
      directory.remove(key);
      assertFalse(directory.contains(key));
    }
    assertEquals(0, directory.find(5, 6));
    assertEquals(0, directory.objects());
  }

  @Test
  void namesAreToldApartByEveryBit() {
    long key = directory.add(5, 6, 0);
    for (int bit = 0; bit < 64; bit++) {
      assertEquals(0, directory.find(5 ^ 1L << bit, 6), "bit " + bit + " of the first word");
      assertEquals(0, directory.find(5, 6 ^ 1L << bit), "bit " + bit + " of the second word");
    }
    assertEquals(-1, directory.add(5 | Long.MIN_VALUE, 6, 0), "a name that meets another's");
    assertEquals(-1, directory.add(5, 7, 0));
    assertEquals(-1, directory.add(0, 7, 0), "the name that cannot be kept");
    assertEquals(1, directory.pages());
    directory.remove(key);
  }

  @Test
  void aNameTakenOffMayBeGivenAgain() {
    long old = directory.add(5, 6, 9);
    long number = directory.detach(5, 6);
    assertEquals(0, directory.find(5, 6));
    assertEquals(0, directory.detach(5, 6));
    long young = directory.add(5, 6, 9);
    assertNotEquals(old, young);
    long[] keys = new long[4];
    assertEquals(1, directory.pages(number, keys));
    assertEquals(old, keys[0]);
    directory.remove(old);
    assertEquals(0, directory.pages(number, keys));
    assertTrue(directory.contains(young));
    assertEquals(young, ObjectDirectory.pageKey(directory.find(5, 6), 9));
  }

  @Test
  void wantOfMemoryChangesNothing() {
    account.setLimit(account.used());
    for (int i = 0; i < 3; i++) {
      assertEquals(-1, directory.add(i + 1, 6, 0));
    }
    assertEquals(0, directory.objects());
    account.setLimit(4 << 20);
    int kept = 0;
    while (directory.add(100 + kept % 1000, 6, kept) >= 0) {
      kept++;
    }
    assertEquals(kept, directory.pages());
    assertTrue(kept > 10_000, kept + " pages kept");
  }

  @Test
  void anObjectOfOnePageTakesTwoRecords() {
    int objects = 20_000;
    List<Long> keys = new ArrayList<>();
    for (int i = 0; i < objects; i++) {
      keys.add(directory.add(i + 1, 6, -i));
    }
    long single = directory.blockBytes();
    for (int i = 0; i < objects; i++) {
      assertTrue(directory.contains(keys.get(i)));
      assertFalse(directory.contains(keys.get(i) ^ 1));
      keys.add(directory.add(i + 1, 6, -i ^ 1));
    }
    assertTrue(single * 1.3 < directory.blockBytes(), single + " of " + directory.blockBytes());
    directory.checkInvariants();
    long[] found = new long[4];
    assertEquals(2, directory.pages(directory.find(1, 6), found));
    keys.forEach(directory::remove);
    assertEquals(0, directory.objects());
  }

  @Test
  void aSecondPageThatFindsNoMemoryLeavesTheFirst() {
    account.setLimit(4 << 20);
    int objects = 0;
    while (directory.add(objects + 1, 6, 7) >= 0) {
      objects++;
    }
    int more = 0;
    for (int i = 0; i < objects; i++) {
      more += directory.add(i + 1, 6, 1000) >= 0 ? 1 : 0;
      assertTrue(directory.contains(ObjectDirectory.pageKey(directory.find(i + 1, 6), 7)));
    }
    assertTrue(more < objects, more + " of " + objects);
    assertEquals(objects + more, directory.pages());
  }

  @Test
  void theHashIsOneToOneAndGoesByItsSalt() {
    ObjectHash hash = new ObjectHash(7, 8);
    ObjectHash other = new ObjectHash(7, 9);
    Set<String> names = new HashSet<>();
    for (int bit = 0; bit < 64; bit++) {
      for (long[] object : new long[][] {{1L << bit, 0}, {0, 1L << bit}}) {
        long second = hash.second(object[0], object[1]);
        assertTrue(names.add(hash.first(object[0], second) + " " + second));
        assertNotEquals(hash.first(object[0], second), other.first(object[0], second));
      }
    }
  }
}
