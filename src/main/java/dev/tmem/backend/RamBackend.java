package dev.tmem.backend;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;

/**
 * A backend that answers at once: no call waits for anything but a short lock, allocates on the
 * heap, or throws because it is full.
 *
 * <p>Its calls are made under the lock of whoever keeps the handle (a stripe of a page table, a
 * lender's table); only a put, and the free of what has just been put, may come with none. That
 * lock is what makes a handle valid: after {@link #free} or {@link #relocate} the old handle must
 * not be used again. Views ({@link #buffer}) hold only while that lock is held. Different handles
 * may be used by different threads at once.
 *
 * <p>A handle is not negative and has no meaning to the caller. Same-filled pages never get here:
 * they are kept in the slot.
 */
public interface RamBackend extends Backend {

  /**
   * Keeps a copy of {@code source[position, position + length)}; the buffer's own position and
   * limit are neither used nor changed.
   *
   * @param length 1 to 65536 bytes
   * @return its handle, or {@link #REFUSED}: no room now, or unfit for this backend
   */
  long put(ByteBuffer source, int position, int length);

  /**
   * As {@link #put(ByteBuffer, int, int)}, of bytes in native memory. One who can copy from there
   * more quickly than from a buffer does so.
   *
   * @param source the bytes, from 0
   */
  default long put(MemorySegment source, int length) {
    return put(source.asByteBuffer(), 0, length);
  }

  /**
   * Writes a zpage over another one that nobody needs any more, where it lies, if that is as good a
   * place as a new one: what {@link #put} and {@link #free} would do, at less cost.
   *
   * @param handle of the other zpage; not valid any more if this succeeds
   * @param source the bytes, from 0, in native memory
   * @param length 1 to 65536 bytes
   * @return the handle of the new zpage, which may be the same; {@link #REFUSED}: nothing has
   *     changed, it is to be put elsewhere
   * @throws IllegalArgumentException if the handle is foreign or was freed before, and this was not
   *     refused anyway; nothing changes
   */
  default long rewrite(long handle, MemorySegment source, int length) {
    return REFUSED;
  }

  /** Whether a put of that many bytes would find room now. */
  boolean hasRoom(int length);

  /** The buffer in which the zpage lies; to be read at {@link #position}, by absolute index. */
  ByteBuffer buffer(long handle);

  /** Where in {@link #buffer} the zpage begins. */
  int position(long handle);

  /** Bytes of the zpage. */
  int length(long handle);

  /**
   * Gives the zpage's room back, at once.
   *
   * @throws IllegalArgumentException if the handle is foreign or was freed before; nothing changes
   */
  void free(long handle);

  /**
   * {@link #free} of many zpages, each of which is freed whatever is wrong with others.
   *
   * @param handles the first {@code count} of them; the array may be left in another order
   * @throws IllegalArgumentException if any of the handles is foreign or was freed before
   */
  default void freeAll(long[] handles, int count) {
    RuntimeException first = null;
    for (int i = 0; i < count; i++) {
      try {
        free(handles[i]);
      } catch (RuntimeException e) {
        first = first == null ? e : first;
      }
    }
    if (first != null) {
      throw first;
    }
  }

  /** Whether the zpage lies in a place that compaction wants to empty. */
  boolean wantsMove(long handle);

  /**
   * Copies the zpage to a better place and frees the old one.
   *
   * @return the new handle; the same one, still valid, if there is no better place
   */
  long relocate(long handle);

  /**
   * Chooses anew which places compaction wants to empty; a caller then offers every handle it keeps
   * to {@link #wantsMove}.
   *
   * @return the number of bytes that would become free for other sizes; 0: nothing to gain
   */
  long planCompaction();
}
