package dev.tmem.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What one operation of a table costs beside its own slot: counted as slots that lie elsewhere
 * afterwards, and as bytes of the table's blocks and of its directory.
 */
class SlotTableGrowthTest {

  /** The most slots that are ever moved at once: those of one full large block. */
  private static final int ONE_BLOCK = SlotTable.LARGE_FILL;

  /** Blocks that are bought at once: two halves of a large one. */
  private static final int NEW_BYTES_MAX = 2 * BlockPool.LARGE_BYTES;

  /** So few keys are all looked at after each operation. */
  private static final int FEW = 3_000;

  private static final int MANY = 20_000;

  /** Keys that are looked at after an operation that has not changed the table's blocks. */
  private static final int SAMPLE = 4;

  private final MemoryAccount account = new MemoryAccount(256L << 20);
  private final RegionPool regions = new RegionPool(account);
  private final SlotTable table = new SlotTable(new BlockPool(regions));

  private final List<Long> keys = new ArrayList<>();
  private final List<Long> places = new ArrayList<>();

  @AfterEach
  void close() {
    table.close();
    regions.close();
  }

  private long newKey(Random random, boolean dense) {
    long key = dense ? keys.size() : random.nextLong() >>> 16;
    while (table.find(key) >= 0) {
      key = random.nextLong() >>> 16;
    }
    return key;
  }

  /** Slots that lie elsewhere than before, of all or of some. */
  private int moved(Random random, boolean all) {
    int looks = all ? keys.size() : Math.min(SAMPLE, keys.size());
    int moved = 0;
    for (int i = 0; i < looks; i++) {
      int at = all ? i : random.nextInt(keys.size());
      long place = table.find(keys.get(at));
      assertTrue(place >= 0, "key " + keys.get(at) + " is gone");
      if (place != places.get(at)) {
        moved++;
        places.set(at, place);
      }
    }
    return moved;
  }

  private void insert(Random random, boolean dense) {
    long key = newKey(random, dense);
    long blocks = table.blockBytes();
    long directory = table.directoryBytes();
    long place = table.insert(key);
    boolean grew = table.blockBytes() != blocks || table.directoryBytes() != directory;
    int moved = moved(random, grew || keys.size() < FEW);
    assertTrue(grew ? moved <= ONE_BLOCK : moved == 0, "an insert has moved " + moved);
    assertTrue(table.blockBytes() - blocks <= NEW_BYTES_MAX, "blocks: " + table.blockBytes());
    assertTrue(
        table.directoryBytes() == directory || table.directoryBytes() <= Math.max(16, table.size()),
        () -> table.directoryBytes() + " bytes of directory for " + table.size() + " slots");
    keys.add(key);
    places.add(place);
  }

  private void remove(Random random) {
    int at = random.nextInt(keys.size());
    int last = keys.size() - 1;
    long place = table.find(keys.get(at));
    keys.set(at, keys.get(last));
    places.set(at, places.get(last));
    keys.remove(last);
    places.remove(last);
    table.remove(place);
    int moved = moved(random, true);
    assertTrue(moved <= ONE_BLOCK, "a removal has moved " + moved);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void noOperationPaysForMoreThanOneBlock(boolean dense) {
    Random random = new Random(dense ? 1 : 2);
    while (keys.size() < MANY) {
      insert(random, dense);
    }
    assertEquals(MANY, table.size());
    table.checkInvariants();
    table.clear();
    keys.clear();
    places.clear();
    while (keys.size() < FEW) {
      insert(random, dense);
      if (random.nextInt(4) == 0) {
        remove(random);
      }
    }
    table.checkInvariants();
    while (!keys.isEmpty()) {
      remove(random);
    }
    assertEquals(0, table.size());
    table.checkInvariants();
  }
}
