package dev.tmem.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Random operations on the directory and on maps, compared after each step; then no byte is left.
 */
class ObjectDirectoryTwinTest {

  /** Where indexes come from. */
  enum Indexes {
    FEW,
    DENSE,
    SPARSE;

    int index(Random random) {
      return switch (this) {
        case FEW -> random.nextInt(3);
        case DENSE -> random.nextInt(300);
        case SPARSE -> random.nextInt(200) * 0x0123_4567;
      };
    }
  }

  private record Name(long first, long second) {}

  private final ObjectHash hash = new ObjectHash(1, 2);

  private Name name(int object) {
    long second = hash.second(object & 3, object);
    return new Name(hash.first(object & 3, second), second);
  }

  @ParameterizedTest
  @EnumSource(Indexes.class)
  void doesAsMapsDo(Indexes indexes) {
    long seed = System.nanoTime();
    System.out.println("ObjectDirectoryTwinTest " + indexes + " seed " + seed);
    Random random = new Random(seed);
    MemoryAccount account = new MemoryAccount(64 << 20);
    try (RegionPool regions = new RegionPool(account)) {
      BlockPool blocks = new BlockPool(regions);
      ObjectDirectory directory = new ObjectDirectory(blocks, random.nextLong());
      Map<Name, Map<Integer, Long>> twin = new HashMap<>();
      Map<Long, Set<Long>> detached = new HashMap<>();
      for (int turn = 0; turn < 4; turn++) {
        int objects = new int[] {3, 40, 700, 5}[turn];
        for (int step = 0; step < 6_000; step++) {
          step(random, indexes, name(random.nextInt(objects)), directory, twin, detached);
          if (step % 200 == 0) {
            compare(directory, twin, detached);
          }
        }
        for (Name name : List.copyOf(twin.keySet())) {
          detach(name, directory, twin, detached);
        }
        detached.keySet().forEach(number -> empty(directory, number));
        detached.clear();
        compare(directory, twin, detached);
        assertEquals(BlockPool.SMALL_BYTES, directory.blockBytes(), "emptied, seed " + seed);
      }
      directory.clear();
      assertEquals(0, blocks.usedBytes(), "seed " + seed);
    }
  }

  private static void step(
      Random random,
      Indexes indexes,
      Name name,
      ObjectDirectory directory,
      Map<Name, Map<Integer, Long>> twin,
      Map<Long, Set<Long>> detached) {
    int index = indexes.index(random);
    Map<Integer, Long> pages = twin.getOrDefault(name, Map.of());
    int dice = random.nextInt(1000);
    if (dice < 2) {
      detach(name, directory, twin, detached);
    } else if (dice < 6) {
      removeDetached(directory, detached);
    } else if (!pages.containsKey(index) && dice < 600) {
      long key = directory.add(name.first, name.second, index);
      assertTrue(key >= 0);
      assertEquals(index, ObjectDirectory.index(key));
      twin.computeIfAbsent(name, n -> new HashMap<>()).put(index, key);
    } else if (pages.containsKey(index)) {
      long number = directory.find(name.first, name.second);
      long key = ObjectDirectory.pageKey(number, index);
      assertEquals(pages.get(index), key);
      directory.remove(key);
      pages.remove(index);
      if (pages.isEmpty()) {
        twin.remove(name);
      }
    }
  }

  private static void detach(
      Name name,
      ObjectDirectory directory,
      Map<Name, Map<Integer, Long>> twin,
      Map<Long, Set<Long>> detached) {
    long number = directory.detach(name.first, name.second);
    Map<Integer, Long> pages = twin.remove(name);
    assertEquals(pages != null, number != 0);
    if (pages != null) {
      assertTrue(detached.put(number, new HashSet<>(pages.values())) == null, "a number in use");
    }
  }

  private static void removeDetached(ObjectDirectory directory, Map<Long, Set<Long>> detached) {
    if (!detached.isEmpty()) {
      long number = detached.keySet().iterator().next();
      detached.remove(number);
      empty(directory, number);
    }
  }

  private static void empty(ObjectDirectory directory, long number) {
    long[] keys = new long[7];
    for (int count = directory.pages(number, keys); count > 0; ) {
      directory.removeAll(keys, count);
      count = directory.pages(number, keys);
    }
  }

  private static void compare(
      ObjectDirectory directory,
      Map<Name, Map<Integer, Long>> twin,
      Map<Long, Set<Long>> detached) {
    directory.checkInvariants();
    long pages = 0;
    for (Map.Entry<Name, Map<Integer, Long>> object : twin.entrySet()) {
      long number = directory.find(object.getKey().first, object.getKey().second);
      assertEquals(new TreeSet<>(object.getValue().values()), pagesOf(directory, number));
      pages += object.getValue().size();
    }
    for (Map.Entry<Long, Set<Long>> object : detached.entrySet()) {
      assertEquals(new TreeSet<>(object.getValue()), pagesOf(directory, object.getKey()));
      pages += object.getValue().size();
    }
    assertEquals(pages, directory.pages());
    assertEquals(twin.size() + detached.size(), directory.objects());
  }

  private static Set<Long> pagesOf(ObjectDirectory directory, long number) {
    long[] keys = new long[5_000];
    int count = directory.pages(number, keys);
    Set<Long> pages = new TreeSet<>();
    for (int i = 0; i < count; i++) {
      assertTrue(directory.contains(keys[i]));
      assertTrue(pages.add(keys[i]), "a page twice");
    }
    return pages;
  }
}
