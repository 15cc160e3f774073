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

  /** What {@link #compress} returns for a block that is not worth it. */
  static final int TOO_LONG = 0;

  /** Room beyond what a block may take: the library must not be short of a byte at its end. */
  private static final int SLACK_BYTES = 16;

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
   * Compresses a block, and gives up as soon as it is known to take more than it may: who keeps no
   * such block need not wait for its end.
   *
   * @param from the block, from 0
   * @param to room for {@link Lz4#bound} of the length
   * @param most bytes that are wanted of it
   * @return bytes written from 0, by a few more than {@code most} at times; or {@link #TOO_LONG}
   */
  int compress(MemorySegment from, int length, MemorySegment to, int most) {
    if (bytes >= longestBytes) {
      begin();
    }
    bytes += length + GAP_BYTES;
    library.resetStream(state);
    int room = Math.min((int) to.byteSize(), most + SLACK_BYTES);
    int made = library.compress(state, from, length, to, room);
    if (made > 0) {
      return made;
    }
    begin(); // what the library gave up leaves the state undefined
    if (room >= Lz4.bound(length)) {
      throw new IllegalStateException(
          "LZ4 finds no room for a page of " + length + " bytes in " + room);
    }
    return TOO_LONG;
  }
}
