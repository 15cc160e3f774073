package dev.tmem.memory;

import static dev.tmem.memory.SlotHash.POSITION_BITS;

import java.util.Arrays;

/**
 * An off-heap table of slots {@code key | word | handle}, three longs each, that grows and shrinks
 * in small steps: a stripe of a page table.
 *
 * <p>Extendible hashing: the leading bits of a key's position index a directory of blocks; a block
 * that is full is split in two by one bit more, and the directory doubles when its bits do not tell
 * the two apart. No operation moves the slots of more than one block's worth; doubling copies 4
 * bytes for some hundred slots. A young table has up to eight blocks of 512 B, then they become one
 * of 4 KiB, and all further ones are of that size. Removals merge what would fit into one block
 * with room to spare, back to a single small block, which stays until {@link #clear}.
 *
 * <p>Keys that no directory could tell apart: positions come from a bijection of the salted key, so
 * only chosen keys can crowd one block. The directory is bounded to {@value
 * #DIRECTORY_PER_BLOCK_MAX} entries a block, which unchosen keys never come near, and an insert
 * that would need more is refused.
 *
 * <p>Invariants: a block of depth d stands in the 2^(depth - d) directory entries that begin with
 * the d bits its slots have in common; {@code deepest} counts the blocks of full depth, and is 0
 * only if the depth is; blocks are all small or all large; {@code size} is the sum of their counts.
 *
 * <p>Confined to its owner's lock. Finding, inserting without a split, and removing without a merge
 * allocate nothing.
 */
public final class SlotTable implements AutoCloseable {

  /** Most directory entries for each block. */
  static final int DIRECTORY_PER_BLOCK_MAX = 64;

  /** Small blocks double up to this depth: eight of them. */
  static final int SMALL_DEPTH_MAX = 3;

  /** Bits of the largest directory, 256 MiB of heap. */
  static final int DEPTH_MAX = 26;

  /** Slots that are used of a small block: fewer than it has, see {@link SlotBlocks}. */
  static final int SMALL_FILL = SlotLayout.SMALL_SLOTS - 1;

  /** Slots that are used of a large block; the last few would make searches long. */
  static final int LARGE_FILL = 164;

  /** Clusters are small beside a small block. */
  static final int CLUSTER_BITS_MAX = 4;

  private static final int[] NO_BLOCKS = new int[0];

  private final BlockPool pool;
  private final SlotBlocks blocks;

  private int[] directory = NO_BLOCKS;
  private int depth;
  private int deepest;
  private int blockCount;
  private boolean large;
  private long size;

  /** Is of no use but to have been read, see {@link #touchAll}. */
  @SuppressWarnings("unused")
  private long lastTouched;

  private boolean closed;

  /** A table without blocks and with a fixed salt. */
  public SlotTable(BlockPool pool) {
    this(pool, 0);
  }

  /**
   * A table without blocks.
   *
   * @param salt goes into every position, so that whoever chooses the keys cannot choose where they
   *     lie
   */
  public SlotTable(BlockPool pool, long salt) {
    this(pool, salt, 0);
  }

  /**
   * A table without blocks.
   *
   * @param clusterBits keys that differ in so many low bits alone lie together, so that going
   *     through them costs few misses of the processor's caches; 0 to {@value #CLUSTER_BITS_MAX},
   *     since a block has to tell clusters apart
   */
  public SlotTable(BlockPool pool, long salt, int clusterBits) {
    if (clusterBits < 0 || clusterBits > CLUSTER_BITS_MAX) {
      throw new IllegalArgumentException("clusters of " + clusterBits + " bits");
    }
    this.pool = pool;
    this.blocks = new SlotBlocks(pool, salt, clusterBits);
  }

  /** The slot of a key, to be used until the next insert or remove; -1: there is none. */
  public long find(long key) {
    if (size == 0) {
      requireOpen();
      return -1;
    }
    long hash = blocks.hash(key);
    return blocks.find(blockAt(SlotHash.position(hash)), slots(), hash, key);
  }

  /**
   * Asks for what lies in far memory of a key's slot, be it there or not. Unlike a search this
   * decides nothing by what it reads, so the processor waits for nothing before it goes on.
   */
  public void touch(long key) {
    if (size > 0) {
      long hash = blocks.hash(key);
      lastTouched = blocks.touchOne(blockAt(SlotHash.position(hash)), slots(), hash, key);
    }
  }

  /**
   * Asks for what lies in far memory of many slots, all of it at once, so that what is done with
   * them one after the other need not wait for each.
   *
   * @param keys in {@link #clusterEnd clusters} that follow one another
   */
  public void touchAll(long[] keys, int count) {
    long touched = 0;
    int from = size == 0 ? count : 0;
    while (from < count) {
      long hash = blocks.hash(keys[from]);
      long block = blockAt(SlotHash.position(hash));
      touched += blocks.touch(block, slots(), hash, keys[from]);
      from = clusterEnd(keys, from, count);
    }
    lastTouched = touched;
  }

  /** Where those keys end that lie in one cluster with that at {@code from}. */
  public int clusterEnd(long[] keys, int from, int count) {
    int to = from + 1;
    while (to < count && blocks.isSameCluster(keys[from], keys[to])) {
      to++;
    }
    return to;
  }

  /**
   * Finds slots of one cluster. They mostly lie in a row, in the order of their keys.
   *
   * @param refs gets them, from {@code from} to {@code to}, to be used until the next insert or
   *     remove
   * @return whether all are there
   */
  public boolean findCluster(long[] keys, int from, int to, long[] refs) {
    if (size == 0) {
      return false;
    }
    long hash = blocks.hash(keys[from]);
    long block = blockAt(SlotHash.position(hash));
    long ref = blocks.find(block, slots(), hash, keys[from]);
    refs[from] = ref;
    for (int i = from + 1; i < to && ref >= 0; i++) {
      long after = blocks.after(block, slots(), ref, keys[i]);
      ref = after >= 0 ? after : blocks.find(block, slots(), hash, keys[i]);
      refs[i] = ref;
    }
    return ref >= 0;
  }

  /**
   * Adds a slot with word and handle 0.
   *
   * @param key not in the table, and not {@link Long#MIN_VALUE}
   * @return the slot, to be used until the next insert or remove; -1: no memory (or chosen keys,
   *     see above), the slots are as they were
   */
  public long insert(long key) {
    requireOpen();
    if (key == SlotLayout.FORBIDDEN_KEY) {
      throw new IllegalArgumentException("the key " + key + " cannot be kept");
    }
    if (blockCount == 0 && !open()) {
      return -1;
    }
    long position = blocks.position(key);
    while (blocks.count(blockAt(position)) >= fill()) {
      if (!makeRoom(position)) {
        return -1;
      }
    }
    assert find(key) < 0 : "key " + key + " is in the table";
    size++;
    return blocks.add(blockAt(position), slots(), key);
  }

  /** Removes a slot that was found since the last insert or remove. */
  public void remove(long ref) {
    long position = blocks.position(key(ref));
    long block = blockAt(position);
    assert ref > block && ref < block + blockLength() : "slot " + ref + " is not of this table";
    blocks.remove(block, slots(), ref);
    size--;
    shrinkAt(position);
  }

  /** Merges what has become sparse there. */
  private void shrinkAt(long position) {
    while (blocks.count(blockAt(position)) <= fill() / 4 && mergeAt(position)) {
      // each turn leaves one block less
    }
    if (large && depth == 0 && size <= SMALL_FILL / 2) {
      replaceAll(false); // refused: stays large
    }
  }

  /**
   * Removes slots of one cluster, at the cost of one.
   *
   * @param refs where they are from {@code from} to {@code to}, found since the last insert or
   *     remove
   */
  public void removeCluster(long[] refs, int from, int to) {
    long position = blocks.position(key(refs[from]));
    blocks.removeAll(blockAt(position), slots(), refs, from, to);
    size -= to - from;
    shrinkAt(position);
  }

  public long key(long ref) {
    return SlotLayout.flip(blocks.get(ref, SlotLayout.KEY));
  }

  public long word(long ref) {
    return blocks.get(ref, SlotLayout.WORD);
  }

  public long handle(long ref) {
    return blocks.get(ref, SlotLayout.HANDLE);
  }

  public void setWord(long ref, long word) {
    blocks.set(ref, SlotLayout.WORD, word);
  }

  public void setHandle(long ref, long handle) {
    blocks.set(ref, SlotLayout.HANDLE, handle);
  }

  /** Slots in the table. */
  public long size() {
    return size;
  }

  /** Bytes of the table's blocks. */
  public long blockBytes() {
    return (long) blockCount * blockLength();
  }

  /** Bytes of the directory, on the heap. */
  public long directoryBytes() {
    return (long) directory.length * Integer.BYTES;
  }

  /**
   * Shows the slots of one block. Cursors are positions: a pass from 0 until -1, with any inserts
   * and removes between its calls, shows every slot that is there throughout exactly once.
   *
   * @param cursor 0, or what the call before returned
   * @return the next cursor; -1: that was the last block
   */
  public long sweep(long cursor, SlotVisitor visitor) {
    requireOpen();
    if (cursor < 0) {
      throw new IllegalArgumentException("a sweep cannot begin at " + cursor);
    }
    if (blockCount == 0) {
      return -1;
    }
    long block = blockAt(cursor);
    int blockDepth = blocks.depth(block);
    if (blockDepth < 0 || blockDepth > depth) {
      throw new IllegalStateException(
          "a block of the slot table has depth " + blockDepth + " of " + depth + ": damaged");
    }
    blocks.visit(block, slots(), cursor, visitor);
    int free = POSITION_BITS - blockDepth;
    long end = ((cursor >>> free) + 1) << free; // after the last block: 2^63, which is negative
    return end < 0 ? -1 : end;
  }

  /** Removes every slot and gives all blocks back. */
  public void clear() {
    int at = 0;
    while (at < directory.length) {
      int block = directory[at];
      at += 1 << (depth - blocks.depth(BlockPool.address(block)));
      pool.free(block, large);
    }
    directory = NO_BLOCKS;
    depth = 0;
    deepest = 0;
    blockCount = 0;
    large = false;
    size = 0;
  }

  /** Clears the table for good, before its pool is closed; closing again does nothing. */
  @Override
  public void close() {
    clear();
    closed = true;
  }

  private int slots() {
    return large ? SlotLayout.LARGE_SLOTS : SlotLayout.SMALL_SLOTS;
  }

  private int fill() {
    return large ? LARGE_FILL : SMALL_FILL;
  }

  private int blockLength() {
    return large ? BlockPool.LARGE_BYTES : BlockPool.SMALL_BYTES;
  }

  private int indexOf(long position) {
    return (int) (position >>> (POSITION_BITS - depth));
  }

  private long blockAt(long position) {
    return BlockPool.address(directory[indexOf(position)]);
  }

  /** The first block. */
  private boolean open() {
    int block = pool.allocate(false);
    if (block < 0) {
      return false;
    }
    directory = new int[] {block};
    deepest = 1;
    blockCount = 1;
    return true;
  }

  private boolean makeRoom(long position) {
    if (!large && blocks.depth(blockAt(position)) == SMALL_DEPTH_MAX) {
      return replaceAll(true);
    }
    return split(position);
  }

  /** Splits a block into two new ones and gives the old one back. */
  private boolean split(long position) {
    int old = directory[indexOf(position)];
    int oldDepth = blocks.depth(BlockPool.address(old));
    if (oldDepth == depth && !mayDouble()) {
      return false;
    }
    int zero = pool.allocate(large);
    int one = zero < 0 ? -1 : pool.allocate(large);
    if (one < 0) {
      if (zero >= 0) {
        pool.free(zero, large);
      }
      return false;
    }
    long zeroAt = BlockPool.address(zero);
    long oneAt = BlockPool.address(one);
    blocks.setDepth(zeroAt, oldDepth + 1);
    blocks.setDepth(oneAt, oldDepth + 1);
    blocks.distribute(BlockPool.address(old), slots(), oldDepth, zeroAt, oneAt, slots());
    if (oldDepth == depth) {
      doubleDirectory();
    }
    int half = 1 << (depth - oldDepth - 1);
    int from = indexOf(position) & -(2 * half);
    Arrays.fill(directory, from, from + half, zero);
    Arrays.fill(directory, from + half, from + 2 * half, one);
    pool.free(old, large);
    blockCount++;
    if (oldDepth + 1 == depth) {
      deepest += 2;
    }
    return true;
  }

  private boolean mayDouble() {
    return depth < DEPTH_MAX && 2L << depth <= (long) DIRECTORY_PER_BLOCK_MAX * blockCount;
  }

  private void doubleDirectory() {
    int[] wider = new int[2 << depth];
    for (int i = 0; i < wider.length; i++) {
      wider[i] = directory[i >>> 1];
    }
    directory = wider;
    depth++;
    deepest = 0;
  }

  /** Merges the block with its twin if both together leave room to grow; false: they do not. */
  private boolean mergeAt(long position) {
    int index = indexOf(position);
    int block = directory[index];
    long blockAt = BlockPool.address(block);
    int blockDepth = blocks.depth(blockAt);
    if (blockDepth == 0) {
      return false;
    }
    int half = 1 << (depth - blockDepth);
    int twin = directory[index ^ half];
    long twinAt = BlockPool.address(twin);
    if (blocks.depth(twinAt) != blockDepth
        || blocks.count(blockAt) + blocks.count(twinAt) > fill() * 5 / 8) {
      return false;
    }
    blocks.copyAll(blockAt, slots(), twinAt, slots());
    blocks.setDepth(twinAt, blockDepth - 1);
    int from = index & -(2 * half);
    Arrays.fill(directory, from, from + 2 * half, twin);
    pool.free(block, large);
    blockCount--;
    if (blockDepth == depth) {
      deepest -= 2;
      while (deepest == 0 && depth > 0) {
        halveDirectory();
      }
    }
    return true;
  }

  private void halveDirectory() {
    int[] narrower = new int[directory.length / 2];
    for (int i = 0; i < narrower.length; i++) {
      narrower[i] = directory[2 * i];
    }
    directory = narrower;
    depth--;
    deepest = depth == 0 ? 1 : 0;
    for (int i = 0; i + 1 < narrower.length; i += 2) {
      deepest += narrower[i] == narrower[i + 1] ? 0 : 2;
    }
  }

  /** Puts all slots into one new block of the other size; false: no memory, nothing changed. */
  private boolean replaceAll(boolean becomesLarge) {
    int all = pool.allocate(becomesLarge);
    if (all < 0) {
      return false;
    }
    int intoSlots = becomesLarge ? SlotLayout.LARGE_SLOTS : SlotLayout.SMALL_SLOTS;
    int at = 0;
    while (at < directory.length) {
      int block = directory[at];
      long blockAt = BlockPool.address(block);
      at += 1 << (depth - blocks.depth(blockAt));
      blocks.copyAll(blockAt, slots(), BlockPool.address(all), intoSlots);
      pool.free(block, large);
    }
    directory = new int[] {all};
    depth = 0;
    deepest = 1;
    blockCount = 1;
    large = becomesLarge;
    return true;
  }

  private void requireOpen() {
    if (closed) {
      throw new IllegalStateException("closed");
    }
  }

  void checkInvariants() {
    long slotsSeen = 0;
    int blocksSeen = 0;
    int deepestSeen = 0;
    int at = 0;
    while (at < directory.length) {
      long block = BlockPool.address(directory[at]);
      int blockDepth = blocks.depth(block);
      int span = 1 << (depth - blockDepth);
      for (int i = at; i < at + span; i++) {
        verify(directory[i] == directory[at], "the entries of a block");
      }
      verify(at % span == 0, "where the entries of a block begin");
      slotsSeen += blocks.check(block, slots(), (long) at / span);
      blocksSeen++;
      deepestSeen += blockDepth == depth ? 1 : 0;
      at += span;
    }
    verify(slotsSeen == size, "the size");
    verify(blocksSeen == blockCount, "the number of blocks");
    verify(deepestSeen == deepest && (deepest > 0 || blockCount == 0), "the number at full depth");
    verify(directory.length == (blockCount == 0 ? 0 : 1 << depth), "the length of the directory");
  }

  private static void verify(boolean holds, String what) {
    if (!holds) {
      throw new AssertionError(what + " is wrong");
    }
  }
}
