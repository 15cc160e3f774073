package dev.tmem.zram;

import dev.tmem.memory.RegionPool;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Debug mode: finds out when a zpage, or what stands behind it, was written to by somebody who had
 * no business there. Every place ends with a {@link SealLayout seal}, for which zpages go into
 * somewhat larger places. The longest leave no room for one: their checksums stand on the heap, by
 * place.
 *
 * <p>Thread-safe: a concurrent map; a place belongs to whoever has its handle.
 */
final class Seals {
  /** The seal of a zpage that leaves no room for one. */
  private record Apart(int length, int crc) {}

  private final RegionPool pool;
  private final Map<Long, Apart> apart = new ConcurrentHashMap<>();

  Seals(RegionPool pool) {
    this.pool = pool;
  }

  /** Bytes that a place needs for a zpage and its seal, as far as there are such places. */
  static int room(int length) {
    return Math.min(length + SealLayout.BYTES, HandleLayout.MAX_LENGTH);
  }

  /** Seals a zpage that has just been written. */
  void seal(long handle, int objectBytes) {
    int length = HandleLayout.length(handle);
    int span = HandleLayout.span(handle);
    int offset = HandleLayout.offset(handle);
    if (isApart(length, objectBytes)) {
      apart.put(place(span, offset), new Apart(length, checksum(span, offset, length)));
      return;
    }
    ByteBuffer buffer = pool.buffer(span);
    int at = sealAt(span, offset, objectBytes);
    buffer.putInt(at + SealLayout.CRC, checksum(span, offset, length));
    buffer.putInt(at + SealLayout.LENGTH, length);
    buffer.putLong(at + SealLayout.MARK, SealLayout.mark(span, offset));
  }

  private static boolean isApart(int length, int objectBytes) {
    return objectBytes - length < SealLayout.BYTES;
  }

  private static long place(int span, int offset) {
    return (long) span << Integer.SIZE | offset;
  }

  /** The zpage goes. */
  void forget(long handle, int objectBytes) {
    if (isApart(HandleLayout.length(handle), objectBytes)) {
      apart.remove(place(HandleLayout.span(handle), HandleLayout.offset(handle)));
    }
  }

  /** All zpages go. */
  void clear() {
    apart.clear();
  }

  /**
   * @throws IllegalStateException if the zpage or its seal is damaged
   */
  void check(long handle, int objectBytes) {
    int length = HandleLayout.length(handle);
    int span = HandleLayout.span(handle);
    int offset = HandleLayout.offset(handle);
    String damage = damage(span, offset, objectBytes);
    if (damage == null && sealedLength(span, offset, objectBytes) != length) {
      damage = describe(span, offset, "is not of " + length + " bytes");
    }
    if (damage != null) {
      throw new IllegalStateException(damage);
    }
  }

  /** What is wrong with an object; null: nothing. */
  @Nullable String damage(int span, int offset, int objectBytes) {
    Apart seal = objectBytes == HandleLayout.MAX_LENGTH ? apart.get(place(span, offset)) : null;
    if (seal != null) {
      return seal.crc() == checksum(span, offset, seal.length())
          ? null
          : describe(span, offset, "has changed since it was put");
    }
    int at = sealAt(span, offset, objectBytes);
    ByteBuffer buffer = pool.buffer(span);
    int length = sealedLength(span, offset, objectBytes);
    if (buffer.getLong(at + SealLayout.MARK) != SealLayout.mark(span, offset)
        || length < 1
        || length > objectBytes - SealLayout.BYTES) {
      return describe(span, offset, "was written beyond its end");
    }
    return buffer.getInt(at + SealLayout.CRC) == checksum(span, offset, length)
        ? null
        : describe(span, offset, "has changed since it was put");
  }

  private static String describe(int span, int offset, String what) {
    return "the zpage at offset " + offset + " of span " + span + " " + what;
  }

  private int sealedLength(int span, int offset, int objectBytes) {
    Apart seal = objectBytes == HandleLayout.MAX_LENGTH ? apart.get(place(span, offset)) : null;
    if (seal != null) {
      return seal.length();
    }
    return pool.buffer(span).getInt(sealAt(span, offset, objectBytes) + SealLayout.LENGTH);
  }

  private int sealAt(int span, int offset, int objectBytes) {
    return pool.position(span) + offset + objectBytes - SealLayout.BYTES;
  }

  private int checksum(int span, int offset, int length) {
    CRC32C crc = new CRC32C();
    crc.update(pool.buffer(span).slice(pool.position(span) + offset, length));
    return (int) crc.getValue();
  }
}
