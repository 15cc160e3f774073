package dev.tmem.memory;

import static dev.tmem.memory.PairLayout.KEY;
import static dev.tmem.memory.PairLayout.PAIR_BYTES;
import static dev.tmem.memory.PairLayout.VALUE;

import java.util.Arrays;

/**
 * An off-heap table of pairs {@code key | value}, two longs each, in ascending order of their keys:
 * a B+ tree of two levels, the upper one on the heap. It is for what has to be small and is not
 * asked for at each turn: nearly all of a block is used, where the blocks of a {@link SlotTable}
 * are two thirds full on average.
 *
 * <p>A block that is full shares with a neighbour that is not. If both are full they become three;
 * what comes behind the highest key of all begins a new block. So every two neighbours are more
 * than half full together, and usually all of them much more. No operation moves the pairs of more
 * than two blocks, and 12 bytes of the heap for each block behind it. A young table has up to eight
 * blocks of 512 B, then they become one of 4 KiB, and all further ones are of that size.
 *
 * <p>Invariants: keys ascend strictly over all blocks; the keys of block n are not below {@code
 * lowest[n]} and all below {@code lowest[n + 1]}; no block is empty but the only one; {@code size}
 * is the sum of their counts.
 *
 * <p>Confined to its owner's lock. Looking allocates nothing.
 */
public final class SortedTable {

  /** Small blocks there may be; all of them fit into a large one. */
  static final int SMALL_BLOCKS_MAX = 8;

  /** A block with less than this part of its places free does not share with its neighbour. */
  private static final int SLACK_PART = 8;

  private static final long[] NO_KEYS = new long[0];
  private static final int[] NO_BLOCKS = new int[0];

  private final BlockPool pool;
  private final PairBlocks pairs;

  private long[] lowest = NO_KEYS;
  private int[] directory = NO_BLOCKS;
  private int blockCount;
  private boolean large;
  private long size;

  /** A table without blocks. */
  public SortedTable(BlockPool pool) {
    this.pool = pool;
    this.pairs = new PairBlocks(pool);
  }

  /**
   * The pair with the lowest key that is not below that one, to be used until the next insert or
   * remove; -1: there is none.
   */
  public long ceiling(long key) {
    if (size == 0) {
      return -1;
    }
    int index = indexOf(key);
    int pair = pairs.lowerBound(block(index), key);
    if (pair < pairs.count(block(index))) {
      return PairBlocks.ref(block(index), pair);
    }
    return index + 1 < blockCount ? PairBlocks.ref(block(index + 1), 0) : -1;
  }

  /** The pair after that one; -1: it is the last. */
  public long next(long ref) {
    long block = ref & -blockLength();
    if (ref + PAIR_BYTES < PairBlocks.ref(block, pairs.count(block))) {
      return ref + PAIR_BYTES;
    }
    long key = key(ref);
    return key == Long.MAX_VALUE ? -1 : ceiling(key + 1);
  }

  public long key(long ref) {
    return pairs.get(ref, KEY);
  }

  public long value(long ref) {
    return pairs.get(ref, VALUE);
  }

  /**
   * Puts another pair in the place of one.
   *
   * @param key above that of the pair before, and below that of the one after
   */
  public void set(long ref, long key, long value) {
    int index = indexOf(key(ref));
    if (index > 0 && key < lowest[index]) {
      lowest[index] = key;
    }
    if (index + 1 < blockCount && key >= lowest[index + 1]) {
      lowest[index + 1] = pairs.key(block(index + 1), 0);
    }
    pairs.set(ref, KEY, key);
    pairs.set(ref, VALUE, value);
    assert ceiling(key) == ref : "key " + key + " does not belong there";
  }

  /**
   * Adds a pair.
   *
   * @param key not in the table
   * @return false: no memory, the pairs are as they were
   */
  public boolean insert(long key, long value) {
    if (blockCount == 0 && !addBlock(0, Long.MIN_VALUE)) {
      return false;
    }
    while (pairs.count(block(indexOf(key))) == capacity()) {
      if (!makeRoom(indexOf(key), key)) {
        return false;
      }
    }
    long block = block(indexOf(key));
    int pair = pairs.lowerBound(block, key);
    assert pair == pairs.count(block) || pairs.key(block, pair) != key : key + " is in the table";
    pairs.add(block, pair, key, value);
    size++;
    return true;
  }

  /** Removes a pair that was found since the last insert or remove. */
  public void remove(long ref) {
    int index = indexOf(key(ref));
    long block = block(index);
    pairs.remove(block, (int) ((ref - PairBlocks.ref(block, 0)) / PAIR_BYTES));
    size--;
    if (index + 1 < blockCount) {
      mergeIfSparse(index);
    }
    if (index > 0) {
      mergeIfSparse(index - 1);
    }
    if (large && blockCount == 1 && size <= PairLayout.SMALL_PAIRS / 2) {
      replaceAll(false); // refused: stays large
    }
  }

  /** Pairs in the table. */
  public long size() {
    return size;
  }

  /** Bytes of the table's blocks. */
  public long blockBytes() {
    return (long) blockCount * blockLength();
  }

  /** Bytes of the directory, on the heap. */
  public long directoryBytes() {
    return (long) directory.length * (Long.BYTES + Integer.BYTES);
  }

  /** Removes every pair and gives all blocks back. */
  public void clear() {
    for (int index = 0; index < blockCount; index++) {
      pool.free(directory[index], large);
    }
    lowest = NO_KEYS;
    directory = NO_BLOCKS;
    blockCount = 0;
    large = false;
    size = 0;
  }

  // ---- Blocks

  private int capacity() {
    return large ? PairLayout.LARGE_PAIRS : PairLayout.SMALL_PAIRS;
  }

  private long blockLength() {
    return large ? BlockPool.LARGE_BYTES : BlockPool.SMALL_BYTES;
  }

  private long block(int index) {
    return BlockPool.address(directory[index]);
  }

  /** The block where a key is, or belongs. */
  private int indexOf(long key) {
    int at = Arrays.binarySearch(lowest, 0, blockCount, key);
    return at >= 0 ? at : -at - 2;
  }

  /** Makes room where that key belongs, or near it; false: no memory, nothing has changed. */
  private boolean makeRoom(int index, long key) {
    if ((index > 0 && shareWithNext(index - 1))
        || (index + 1 < blockCount && shareWithNext(index))) {
      return true;
    }
    if (!large && blockCount == SMALL_BLOCKS_MAX) {
      return replaceAll(true);
    }
    boolean isLast = index == blockCount - 1;
    if (isLast && key > pairs.key(block(index), capacity() - 1)) {
      return addBlock(blockCount, key);
    }
    return blockCount == 1 ? splitOne() : splitTwo(isLast ? index - 1 : index);
  }

  /** Spreads the pairs of a block and the one after it evenly; false: both are full. */
  private boolean shareWithNext(int index) {
    long left = block(index);
    long right = block(index + 1);
    int inLeft = pairs.count(left);
    int inRight = pairs.count(right);
    if (2 * capacity() - inLeft - inRight < capacity() / SLACK_PART) {
      return false;
    }
    int half = (inLeft + inRight) / 2;
    if (inLeft > half) {
      pairs.move(left, half, right, 0, inLeft - half);
    } else {
      pairs.move(right, 0, left, inLeft, half - inLeft);
    }
    lowest[index + 1] = pairs.key(right, 0);
    return true;
  }

  private boolean splitOne() {
    if (!addBlock(1, Long.MAX_VALUE)) {
      return false;
    }
    int half = capacity() / 2;
    pairs.move(block(0), half, block(1), 0, capacity() - half);
    lowest[1] = pairs.key(block(1), 0);
    return true;
  }

  /** Spreads the pairs of a block and the one after it over three. */
  private boolean splitTwo(int index) {
    if (!addBlock(index + 1, lowest[index + 1])) {
      return false;
    }
    long left = block(index);
    long middle = block(index + 1);
    long right = block(index + 2);
    int third = (pairs.count(left) + pairs.count(right)) / 3;
    pairs.move(left, third, middle, 0, pairs.count(left) - third);
    pairs.move(right, 0, middle, pairs.count(middle), pairs.count(right) - third);
    lowest[index + 1] = pairs.key(middle, 0);
    lowest[index + 2] = pairs.key(right, 0);
    return true;
  }

  /** A block that stands empty; false: no memory. */
  private boolean addBlock(int index, long lowestKey) {
    int block = pool.allocate(large);
    if (block < 0) {
      return false;
    }
    if (blockCount == directory.length) {
      int length = Math.max(2, blockCount + blockCount / 2);
      lowest = Arrays.copyOf(lowest, length);
      directory = Arrays.copyOf(directory, length);
    }
    System.arraycopy(lowest, index, lowest, index + 1, blockCount - index);
    System.arraycopy(directory, index, directory, index + 1, blockCount - index);
    lowest[index] = lowestKey;
    directory[index] = block;
    blockCount++;
    return true;
  }

  /** Makes one of a block and the one after it if that leaves a quarter free, or one is empty. */
  private void mergeIfSparse(int index) {
    long left = block(index);
    long right = block(index + 1);
    int inLeft = pairs.count(left);
    int inRight = pairs.count(right);
    if (inLeft > 0 && inRight > 0 && inLeft + inRight > capacity() * 3 / 4) {
      return;
    }
    pairs.move(right, 0, left, inLeft, inRight);
    pool.free(directory[index + 1], large);
    blockCount--;
    System.arraycopy(lowest, index + 2, lowest, index + 1, blockCount - index - 1);
    System.arraycopy(directory, index + 2, directory, index + 1, blockCount - index - 1);
    if (blockCount < directory.length / 4) {
      lowest = Arrays.copyOf(lowest, 2 * blockCount);
      directory = Arrays.copyOf(directory, 2 * blockCount);
    }
  }

  /** Puts all pairs into one new block of the other size; false: no memory, nothing changed. */
  private boolean replaceAll(boolean becomesLarge) {
    int all = pool.allocate(becomesLarge);
    if (all < 0) {
      return false;
    }
    long into = BlockPool.address(all);
    for (int index = 0; index < blockCount; index++) {
      pairs.move(block(index), 0, into, pairs.count(into), pairs.count(block(index)));
      pool.free(directory[index], large);
    }
    lowest = new long[] {Long.MIN_VALUE};
    directory = new int[] {all};
    blockCount = 1;
    large = becomesLarge;
    return true;
  }

  void checkInvariants() {
    long seen = 0;
    for (int index = 0; index < blockCount; index++) {
      long block = block(index);
      int count = pairs.count(block);
      verify(count > 0 || blockCount == 1, "an empty block");
      verify(count <= capacity(), "the count of a block");
      for (int pair = 0; pair < count; pair++) {
        long key = pairs.key(block, pair);
        verify(indexOf(key) == index, "where a key is");
        verify(pair == 0 || pairs.key(block, pair - 1) < key, "the order of keys");
      }
      verify(index > 0 || lowest[0] == Long.MIN_VALUE, "the lowest of all");
      verify(index == 0 || lowest[index - 1] < lowest[index], "the order of blocks");
      seen += count;
    }
    verify(seen == size, "the size");
    verify(large || blockCount <= SMALL_BLOCKS_MAX, "the number of small blocks");
  }

  private static void verify(boolean holds, String what) {
    if (!holds) {
      throw new AssertionError(what + " is wrong");
    }
  }
}
