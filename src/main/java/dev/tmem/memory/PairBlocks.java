package dev.tmem.memory;

import static dev.tmem.memory.PairLayout.COUNT;
import static dev.tmem.memory.PairLayout.KEY;
import static dev.tmem.memory.PairLayout.LONG;
import static dev.tmem.memory.PairLayout.PAIR_BYTES;
import static dev.tmem.memory.PairLayout.SHORT;
import static dev.tmem.memory.PairLayout.VALUE;

import java.lang.foreign.MemorySegment;

/**
 * What happens within the blocks of a {@link SortedTable}, which are named by their address in the
 * pool.
 *
 * <p>Invariant: the first {@code count} pairs of a block ascend by key. Confined to the owner of
 * the table; holds no state of its own.
 */
final class PairBlocks {

  private final BlockPool pool;

  PairBlocks(BlockPool pool) {
    this.pool = pool;
  }

  long get(long ref, int field) {
    return pool.memory(ref).get(LONG, BlockPool.at(ref) + field);
  }

  void set(long ref, int field, long value) {
    pool.memory(ref).set(LONG, BlockPool.at(ref) + field, value);
  }

  /** The pair of that number. */
  static long ref(long block, int pair) {
    return block + PairLayout.offset(pair);
  }

  int count(long block) {
    return pool.memory(block).get(SHORT, BlockPool.at(block) + COUNT);
  }

  private void setCount(long block, int count) {
    pool.memory(block).set(SHORT, BlockPool.at(block) + COUNT, (short) count);
  }

  long key(long block, int pair) {
    return get(ref(block, pair), KEY);
  }

  /** The number of the first pair whose key is not below that one; the count if there is none. */
  int lowerBound(long block, long key) {
    MemorySegment memory = pool.memory(block);
    long first = BlockPool.at(block) + PairLayout.offset(0) + KEY;
    int low = 0;
    int high = count(block);
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (memory.get(LONG, first + (long) middle * PAIR_BYTES) < key) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  /** Adds a pair at that number; there is room for it, and its key belongs there. */
  void add(long block, int pair, long key, long value) {
    shift(block, pair, 1);
    long ref = ref(block, pair);
    set(ref, KEY, key);
    set(ref, VALUE, value);
  }

  /** Takes a pair out. */
  void remove(long block, int pair) {
    shift(block, pair + 1, -1);
  }

  /** Takes pairs out of a block and puts them into another one, which has room for them. */
  void move(long from, int pair, long to, int toPair, int pairs) {
    shift(to, toPair, pairs);
    copy(from, pair, to, toPair, pairs);
    shift(from, pair + pairs, -pairs);
  }

  /** Moves the pairs from that number on by so many places; the count goes with them. */
  private void shift(long block, int pair, int places) {
    int count = count(block);
    copy(block, pair, block, pair + places, count - pair);
    setCount(block, count + places);
  }

  private void copy(long from, int pair, long to, int toPair, int pairs) {
    long source = ref(from, pair);
    long target = ref(to, toPair);
    MemorySegment.copy(
        pool.memory(from),
        BlockPool.at(source),
        pool.memory(to),
        BlockPool.at(target),
        (long) pairs * PAIR_BYTES);
  }
}
