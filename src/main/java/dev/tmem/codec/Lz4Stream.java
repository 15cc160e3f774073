package dev.tmem.codec;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Compresses blocks that know nothing of each other, with a state that is kept from one to the
 * next. What the state knows of the blocks before is told apart by its age instead of being
 * cleared: that saves the clearing of 16 KiB for each page.
 *
 * <p>What it makes of a block does not depend on the blocks before. The one exception would be a
 * stream's very first block, and the library makes first ones again after a GiB; so a stream always
 * begins with a byte that nobody wants, and is begun anew long before.
 *
 * <p>Confined to its owner.
 */
final class Lz4Stream {

  /** How far a block is put from the one before: what LZ4 can look back. */
  private static final long GAP_BYTES = 1 << 16;

  /** A stream is begun anew after so many bytes, gaps included; the library does at 1 GiB. */
  static final long LONGEST_BYTES = 1L << 29;

  private final Lz4Library library;
  private final MemorySegment state;

  /** The byte that a stream begins with, and room for what it becomes. */
  private final MemorySegment firstByte = Arena.ofAuto().allocate(1);

  private final MemorySegment firstBlock = Arena.ofAuto().allocate(Lz4.bound(1));

  private final long longestBytes;
  private long bytes;

  Lz4Stream(Lz4Library library) {
    this(library, LONGEST_BYTES);
  }

  /**
   * @param longestBytes after which it is begun anew
   */
  Lz4Stream(Lz4Library library, long longestBytes) {
    this.library = library;
    this.longestBytes = longestBytes;
    this.state = Arena.ofAuto().allocate(library.stateBytes(), Long.BYTES);
    begin();
  }

  private void begin() {
    library.initStream(state);
    library.compress(state, firstByte, 1, firstBlock, (int) firstBlock.byteSize());
    bytes = 0;
  }

  /** Off-heap bytes of the state. */
  long heldBytes() {
    return state.byteSize();
  }

  /**
   * @param from the block, from 0
   * @param to room for {@link Lz4#bound} of the length
   * @return bytes written from 0
   */
  int compress(MemorySegment from, int length, MemorySegment to) {
    if (bytes >= longestBytes) {
      begin();
    }
    bytes += length + GAP_BYTES;
    library.resetStream(state);
    int made = library.compress(state, from, length, to, (int) to.byteSize());
    if (made <= 0) {
      begin();
      throw new IllegalStateException(
          "LZ4 finds no room for a page of " + length + " bytes in " + to.byteSize());
    }
    return made;
  }
}
