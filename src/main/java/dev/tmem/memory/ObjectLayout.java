package dev.tmem.memory;

/**
 * The records of an {@link ObjectDirectory}: slots of one {@link SlotTable}, in memory only.
 *
 * <pre>
 *  name record: which number an object has
 *            63 62                                                              0
 *   key     +--+----------------------------------------------------------------+
 *           | 1| the first word of the object's name, without its top bit        |
 *   word    +--+----------------------------------------------------------------+
 *           | the second word of its name                                        |
 *   handle  +--+------------------------+---------------------------------------+
 *           | t| zero                   | number, 31 bits                        |
 *           +--+------------------------+---------------------------------------+
 *            t: the top bit of the first word
 *
 *  object record: what a number stands for
 *            63     58 57              27 26                                    0
 *   key     +---------+------------------+--------------------------------------+
 *           | zero    | number           | zero                                 |
 *   word    +---------+------------------+--------------------------------------+
 *           | key of the name record                                             |
 *   handle  +--+-------------------------+--------------------------------------+
 *           | 0| zero                    | first chunk + 1, 27 bits              |
 *           +--+-------------------------+--------------------------------------+
 *        or | 1| zero                    | index of the only page, 32 bits       |
 *           +--+-------------------------+--------------------------------------+
 *
 *  chunk record: which of 64 indexes are there
 *   key     +---------+------------------+--------------------------------------+
 *           | zero    | number           | chunk + 1, the index's upper 26 bits  |
 *   word    +---------+------------------+--------------------------------------+
 *           | bit n: index 64 chunk + n                                          |
 *   handle  +---------+------------------+--------------------------------------+
 *           | zero    | previous + 1     | next + 1; 0: there is none            |
 *           +---------+------------------+--------------------------------------+
 *
 *  key of a page, what the directory is for
 *            63 62                     32 31                                    0
 *           +--+-------------------------+--------------------------------------+
 *           | 0| number                  | index                                |
 *           +--+-------------------------+--------------------------------------+
 * </pre>
 */
final class ObjectLayout {

  private static final int INDEX_BITS = 32;
  private static final int BIT_BITS = 6;

  /** Of a chunk, plus one. */
  private static final int CHUNK_BITS = INDEX_BITS - BIT_BITS + 1;

  private static final long CHUNK_MASK = (1L << CHUNK_BITS) - 1;
  private static final long INDEX_MASK = (1L << INDEX_BITS) - 1;
  private static final long TOP = 1L << 63;

  /** Numbers run from 1 on. */
  static final long MAX_NUMBER = (1L << 31) - 1;

  /** No chunk. */
  static final long NONE = 0;

  private ObjectLayout() {}

  // ---- Name records

  static long nameKey(long first) {
    return first | TOP;
  }

  static long nameHandle(long first, long number) {
    return (first & TOP) | number;
  }

  static boolean isNameKey(long key) {
    return key < 0;
  }

  /** The first word of a name, from its record. */
  static long first(long key, long handle) {
    return (key & ~TOP) | (handle & TOP);
  }

  static long numberOfName(long handle) {
    return handle & ~TOP;
  }

  // ---- Object and chunk records; a chunk is given as chunk + 1 throughout

  /** The handle of an object that has one page and no chunk. */
  static long single(int index) {
    return TOP | (index & INDEX_MASK);
  }

  static boolean isSingle(long handle) {
    return handle < 0;
  }

  static int indexOfSingle(long handle) {
    return (int) handle;
  }

  static long objectKey(long number) {
    return number << CHUNK_BITS;
  }

  static long chunkKey(long number, long chunk) {
    return number << CHUNK_BITS | chunk;
  }

  static boolean isObjectKey(long key) {
    return (key & CHUNK_MASK) == NONE;
  }

  static long numberOfRecord(long key) {
    return key >>> CHUNK_BITS;
  }

  static long chunkOfRecord(long key) {
    return key & CHUNK_MASK;
  }

  static long links(long previous, long next) {
    return previous << CHUNK_BITS | next;
  }

  static long previous(long links) {
    return links >>> CHUNK_BITS;
  }

  static long next(long links) {
    return links & CHUNK_MASK;
  }

  // ---- Keys of pages

  static long pageKey(long number, int index) {
    return number << INDEX_BITS | (index & INDEX_MASK);
  }

  static long pageKey(long number, long chunk, int bit) {
    return number << INDEX_BITS | (chunk - 1) << BIT_BITS | bit;
  }

  static long number(long pageKey) {
    return pageKey >>> INDEX_BITS;
  }

  static long chunk(long pageKey) {
    return ((pageKey & INDEX_MASK) >>> BIT_BITS) + 1;
  }

  /** The page's bit in its chunk. */
  static long bit(long pageKey) {
    return 1L << pageKey;
  }
}
