package dev.tmem.memory;

import static dev.tmem.memory.SlotLayout.COUNT;
import static dev.tmem.memory.SlotLayout.DEPTH;
import static dev.tmem.memory.SlotLayout.FIRST_SLOT;
import static dev.tmem.memory.SlotLayout.HANDLE;
import static dev.tmem.memory.SlotLayout.KEY;
import static dev.tmem.memory.SlotLayout.LONG;
import static dev.tmem.memory.SlotLayout.NO_KEY;
import static dev.tmem.memory.SlotLayout.SLOT_BYTES;
import static dev.tmem.memory.SlotLayout.WORD;

import java.lang.foreign.MemorySegment;

/**
 * What happens within one block of a {@link SlotTable}: a small open-addressing table of its own,
 * searched from the slot's home onward and round.
 *
 * <p>Invariants: a block has a slot free, always, so a search ends and a removal may shift back; no
 * free slot lies between a slot's home and where it stands; {@code count} is the number of slots in
 * use.
 *
 * <p>Blocks and slots are named by their address in the pool; {@code slots} is how many a block of
 * that size has. Confined to the owner of the table; holds no state of its own.
 */
final class SlotBlocks {

  /** What a processor brings from memory at once. */
  private static final int LINE_BYTES = 64;

  /** Lines in which most clusters lie, with the slots that were in their way. */
  private static final int TOUCHED_LINES = 8;

  private final BlockPool pool;
  private final long salt;

  /** Keys that differ in these low bits alone lie together. */
  private final int clusterBits;

  private final int clusterMask;

  SlotBlocks(BlockPool pool, long salt, int clusterBits) {
    this.pool = pool;
    this.salt = salt;
    this.clusterBits = clusterBits;
    this.clusterMask = (1 << clusterBits) - 1;
  }

  long hash(long key) {
    return SlotHash.mix((key ^ salt) >>> clusterBits);
  }

  boolean isSameCluster(long key, long other) {
    return (key ^ other) >>> clusterBits == 0;
  }

  /** The first slot to look at; those of one cluster follow each other. */
  private int home(long hash, long key, int slots) {
    return wrapped(SlotHash.home(hash, slots) + ((int) key & clusterMask), slots);
  }

  long position(long key) {
    return SlotHash.position(hash(key));
  }

  long get(long ref, int field) {
    return pool.memory(ref).get(LONG, BlockPool.at(ref) + field);
  }

  void set(long ref, int field, long value) {
    pool.memory(ref).set(LONG, BlockPool.at(ref) + field, value);
  }

  int count(long block) {
    return pool.memory(block).get(SlotLayout.SHORT, BlockPool.at(block) + COUNT);
  }

  int depth(long block) {
    return pool.memory(block).get(SlotLayout.BYTE, BlockPool.at(block) + DEPTH);
  }

  void setDepth(long block, int depth) {
    pool.memory(block).set(SlotLayout.BYTE, BlockPool.at(block) + DEPTH, (byte) depth);
  }

  private void addCount(long block, int change) {
    short count = (short) (count(block) + change);
    pool.memory(block).set(SlotLayout.SHORT, BlockPool.at(block) + COUNT, count);
  }

  /**
   * Reads where the slots of a key's cluster should be, and the head of the block. Nothing is done
   * by what is read, so the processor waits for none of it before it goes on to the next cluster.
   *
   * @return what only has to be used
   */
  long touch(long block, int slots, long hash, long key) {
    MemorySegment memory = pool.memory(block);
    long head = BlockPool.at(block);
    long end = head + FIRST_SLOT + (long) (slots - 1) * SLOT_BYTES;
    long at = head + FIRST_SLOT + (long) home(hash, key & -1L << clusterBits, slots) * SLOT_BYTES;
    long sum = memory.get(LONG, head);
    for (int line = 0; line < TOUCHED_LINES; line++) {
      sum += memory.get(LONG, Math.min(at, end));
      at += LINE_BYTES;
    }
    return sum;
  }

  /** As {@link #touch}, of one slot and what follows it. */
  long touchOne(long block, int slots, long hash, long key) {
    MemorySegment memory = pool.memory(block);
    long head = BlockPool.at(block);
    long end = head + FIRST_SLOT + (long) (slots - 1) * SLOT_BYTES;
    long at = head + FIRST_SLOT + (long) home(hash, key, slots) * SLOT_BYTES;
    return memory.get(LONG, head)
        + memory.get(LONG, at)
        + memory.get(LONG, Math.min(at + LINE_BYTES, end));
  }

  /** The slot's address, or -1. */
  long find(long block, int slots, long hash, long key) {
    MemorySegment memory = pool.memory(block);
    long first = BlockPool.at(block) + FIRST_SLOT;
    long stored = SlotLayout.flip(key);
    int slot = home(hash, key, slots);
    for (int looks = 0; looks < slots; looks++) {
      long seen = memory.get(LONG, first + (long) slot * SLOT_BYTES);
      if (seen == NO_KEY) {
        return -1;
      }
      if (seen == stored) {
        return block + FIRST_SLOT + (long) slot * SLOT_BYTES;
      }
      slot = next(slot, slots);
    }
    throw new IllegalStateException("a block of the slot table has no free slot: damaged");
  }

  /** The slot after that one, if it is that key's; else -1. */
  long after(long block, int slots, long ref, long key) {
    long next = ref + SLOT_BYTES;
    boolean inBlock = next < block + FIRST_SLOT + (long) slots * SLOT_BYTES;
    return inBlock && get(next, KEY) == SlotLayout.flip(key) ? next : -1;
  }

  /** A new slot with word and handle 0; the caller has made sure of room and of no such key. */
  long add(long block, int slots, long key) {
    MemorySegment memory = pool.memory(block);
    long first = BlockPool.at(block) + FIRST_SLOT;
    int slot = home(hash(key), key, slots);
    while (memory.get(LONG, first + (long) slot * SLOT_BYTES) != NO_KEY) {
      slot = next(slot, slots);
    }
    long at = first + (long) slot * SLOT_BYTES;
    memory.set(LONG, at + KEY, SlotLayout.flip(key));
    memory.set(LONG, at + WORD, 0);
    memory.set(LONG, at + HANDLE, 0);
    addCount(block, 1);
    return block + FIRST_SLOT + (long) slot * SLOT_BYTES;
  }

  /**
   * Empties a slot. Each slot after it, up to the first free one, moves into the gap if its home
   * does not lie between gap and itself; then the gap is where it was.
   */
  void remove(long block, int slots, long ref) {
    MemorySegment memory = pool.memory(block);
    long first = BlockPool.at(block) + FIRST_SLOT;
    int gap = slotOf(block, ref);
    int slot = next(gap, slots);
    while (true) {
      long at = first + (long) slot * SLOT_BYTES;
      long stored = memory.get(LONG, at);
      if (stored == NO_KEY) {
        break;
      }
      long key = SlotLayout.flip(stored);
      int home = home(hash(key), key, slots);
      if (distance(home, slot, slots) >= distance(gap, slot, slots)) {
        copy(memory, at, memory, first + (long) gap * SLOT_BYTES);
        gap = slot;
      }
      slot = next(slot, slots);
    }
    memory.set(LONG, first + (long) gap * SLOT_BYTES, NO_KEY);
    addCount(block, -1);
  }

  /**
   * Empties slots of one cluster, and closes the gaps in one walk: each slot after the first of
   * them, up to the first that was free before, moves into the lowest gap between its home and
   * itself.
   *
   * <p>Slots are counted in steps from one that was free before. No slot lies on the other side of
   * it than its home, so in steps a home is never behind its slot, and the walk never comes round
   * to slots that it has left in place.
   *
   * @param refs from {@code from} to {@code to}
   */
  void removeAll(long block, int slots, long[] refs, int from, int to) {
    MemorySegment memory = pool.memory(block);
    long first = BlockPool.at(block) + FIRST_SLOT;
    int origin = freeBefore(block, slots, refs[from]);
    int[] gaps = new int[to - from];
    openGaps(block, slots, refs, from, origin, gaps);
    int count = to - from;
    int lastGap = gaps[count - 1];
    for (int step = gaps[0] + 1; ; step++) {
      int slot = wrapped(origin + step, slots);
      long at = first + (long) slot * SLOT_BYTES;
      long stored = memory.get(LONG, at);
      if (stored == NO_KEY) {
        if (step > lastGap) {
          break; // the origin at the latest
        }
        continue;
      }
      long key = SlotLayout.flip(stored);
      int home = step - distance(home(hash(key), key, slots), slot, slots);
      int gap = 0;
      while (gap < count && gaps[gap] < home) {
        gap++;
      }
      if (gap < count && gaps[gap] < step) {
        copy(memory, at, memory, first + (long) wrapped(origin + gaps[gap], slots) * SLOT_BYTES);
        memory.set(LONG, at, NO_KEY);
        while (gap + 1 < count && gaps[gap + 1] < step) {
          gaps[gap] = gaps[gap + 1];
          gap++;
        }
        gaps[gap] = step;
      }
    }
    addCount(block, -count);
  }

  /** The free slot that comes next before a slot's cluster. */
  private int freeBefore(long block, int slots, long ref) {
    MemorySegment memory = pool.memory(block);
    long first = BlockPool.at(block) + FIRST_SLOT;
    long key = SlotLayout.flip(get(ref, KEY));
    int slot = home(hash(key), key & -1L << clusterBits, slots);
    while (memory.get(LONG, first + (long) slot * SLOT_BYTES) != NO_KEY) {
      slot = (slot == 0 ? slots : slot) - 1;
    }
    return slot;
  }

  /**
   * Empties slots of one cluster and leaves the gaps open.
   *
   * @param refs from {@code from}, as many as there are gaps
   * @param gaps gets where they are, ascending, as steps from the origin
   */
  private void openGaps(long block, int slots, long[] refs, int from, int origin, int[] gaps) {
    MemorySegment memory = pool.memory(block);
    for (int i = 0; i < gaps.length; i++) {
      long ref = refs[from + i];
      memory.set(LONG, BlockPool.at(ref), NO_KEY);
      int step = distance(origin, slotOf(block, ref), slots);
      int at = i;
      while (at > 0 && gaps[at - 1] > step) {
        gaps[at] = gaps[at - 1];
        at--;
      }
      gaps[at] = step;
    }
  }

  /**
   * Copies every slot of a block, into {@code one} if that bit of its position, counted from the
   * top, is set, else into {@code zero}. The block itself stays as it is.
   */
  void distribute(long block, int slots, int bit, long zero, long one, int intoSlots) {
    MemorySegment memory = pool.memory(block);
    long first = BlockPool.at(block) + FIRST_SLOT;
    for (int slot = 0; slot < slots; slot++) {
      long at = first + (long) slot * SLOT_BYTES;
      long stored = memory.get(LONG, at);
      if (stored != NO_KEY) {
        long key = SlotLayout.flip(stored);
        boolean set = (position(key) >>> (SlotHash.POSITION_BITS - 1 - bit) & 1) != 0;
        long ref = add(set ? one : zero, intoSlots, key);
        copy(memory, at, pool.memory(ref), BlockPool.at(ref));
      }
    }
  }

  /** Copies every slot of a block into another one. */
  void copyAll(long block, int slots, long into, int intoSlots) {
    distribute(block, slots, 0, into, into, intoSlots);
  }

  /** Shows each slot whose position is not below {@code from}. */
  void visit(long block, int slots, long from, SlotVisitor visitor) {
    for (int slot = 0; slot < slots; slot++) {
      long ref = block + FIRST_SLOT + (long) slot * SLOT_BYTES;
      long stored = get(ref, KEY);
      if (stored != NO_KEY && position(SlotLayout.flip(stored)) >= from) {
        visitor.visit(ref);
      }
    }
  }

  /** Checks a block of which all positions begin with these bits; returns its count. */
  int check(long block, int slots, long prefix) {
    int depth = depth(block);
    int seen = 0;
    for (int slot = 0; slot < slots; slot++) {
      long ref = block + FIRST_SLOT + (long) slot * SLOT_BYTES;
      long stored = get(ref, KEY);
      if (stored != NO_KEY) {
        long key = SlotLayout.flip(stored);
        verify(position(key) >>> (SlotHash.POSITION_BITS - depth) == prefix, "a key's block", key);
        verify(find(block, slots, hash(key), key) == ref, "the way from a key's home", key);
        seen++;
      }
    }
    verify(seen == count(block) && seen < slots, "the count of a block", seen);
    return seen;
  }

  private static void verify(boolean holds, String what, long value) {
    if (!holds) {
      throw new AssertionError(what + " is wrong: " + value);
    }
  }

  private static void copy(MemorySegment from, long at, MemorySegment to, long toAt) {
    to.set(LONG, toAt + KEY, from.get(LONG, at + KEY));
    to.set(LONG, toAt + WORD, from.get(LONG, at + WORD));
    to.set(LONG, toAt + HANDLE, from.get(LONG, at + HANDLE));
  }

  private static int slotOf(long block, long ref) {
    return (int) ((ref - block - FIRST_SLOT) / SLOT_BYTES);
  }

  private static int wrapped(int slot, int slots) {
    return slot < slots ? slot : slot - slots;
  }

  private static int next(int slot, int slots) {
    return slot + 1 == slots ? 0 : slot + 1;
  }

  /** Steps from one slot onward to another. */
  private static int distance(int from, int to, int slots) {
    return to >= from ? to - from : to - from + slots;
  }
}
