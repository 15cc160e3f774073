package dev.tmem.swapfile;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.UUID;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * What the header of a swap file says. Immutable.
 *
 * @param generationFloor lower generations may have been used
 * @param serial how often a header was written to this file
 */
record FileHeader(String node, UUID uuid, Geometry geometry, long generationFloor, long serial) {

  /** What one copy of the header turned out to be. */
  enum State {
    INTACT,
    /** Not ours: no magic. */
    FOREIGN,
    /** Ours, of a later version. */
    NEWER,
    /** Ours, and its checksum is wrong or its values impossible. */
    DAMAGED
  }

  /**
   * One copy as it was found.
   *
   * @param header null unless intact
   * @param version as written; meaningful unless foreign or damaged
   */
  record Found(State state, @Nullable FileHeader header, int version) {}

  /** Writes one copy; fills the block. */
  void encode(ByteBuffer block) {
    byte[] name = node.getBytes(StandardCharsets.UTF_8);
    assert name.length <= HeaderLayout.MAX_NODE_BYTES : node;
    block.clear();
    block.put(0, new byte[HeaderLayout.BLOCK_BYTES]);
    block.putLong(HeaderLayout.MAGIC_AT, HeaderLayout.MAGIC);
    block.putInt(HeaderLayout.VERSION_AT, HeaderLayout.VERSION);
    block.putInt(HeaderLayout.SEGMENT_BYTES_AT, geometry.segmentBytes());
    block.putInt(HeaderLayout.SEGMENTS_AT, geometry.segments());
    block.putInt(HeaderLayout.NODE_LENGTH_AT, name.length);
    block.putLong(HeaderLayout.UUID_AT, uuid.getMostSignificantBits());
    block.putLong(HeaderLayout.UUID_AT + Long.BYTES, uuid.getLeastSignificantBits());
    block.putLong(HeaderLayout.GENERATION_FLOOR_AT, generationFloor);
    block.putLong(HeaderLayout.SERIAL_AT, serial);
    block.put(HeaderLayout.NODE_AT, name);
    block.putInt(HeaderLayout.CRC_AT, checksum(block));
  }

  /** Reads one copy; believes nothing. */
  static Found decode(ByteBuffer block) {
    if (block.getLong(HeaderLayout.MAGIC_AT) != HeaderLayout.MAGIC) {
      return new Found(State.FOREIGN, null, 0);
    }
    int version = block.getInt(HeaderLayout.VERSION_AT);
    if (block.getInt(HeaderLayout.CRC_AT) != checksum(block)) {
      return new Found(State.DAMAGED, null, version);
    }
    if (version > HeaderLayout.VERSION) {
      return new Found(State.NEWER, null, version);
    }
    int nameLength = block.getInt(HeaderLayout.NODE_LENGTH_AT);
    int segmentBytes = block.getInt(HeaderLayout.SEGMENT_BYTES_AT);
    int segments = block.getInt(HeaderLayout.SEGMENTS_AT);
    long floor = block.getLong(HeaderLayout.GENERATION_FLOOR_AT);
    boolean possible =
        version >= 1
            && nameLength >= 0
            && nameLength <= HeaderLayout.MAX_NODE_BYTES
            && segments > 0
            && segmentBytes > 0
            && floor >= 1;
    if (!possible) {
      return new Found(State.DAMAGED, null, version);
    }
    byte[] name = new byte[nameLength];
    block.get(HeaderLayout.NODE_AT, name);
    FileHeader header =
        new FileHeader(
            new String(name, StandardCharsets.UTF_8),
            new UUID(
                block.getLong(HeaderLayout.UUID_AT),
                block.getLong(HeaderLayout.UUID_AT + Long.BYTES)),
            new Geometry(segmentBytes, segments),
            floor,
            block.getLong(HeaderLayout.SERIAL_AT));
    return new Found(State.INTACT, header, version);
  }

  private static int checksum(ByteBuffer block) {
    CRC32C crc = new CRC32C();
    crc.update(block.slice(0, HeaderLayout.CRC_AT));
    return (int) crc.getValue();
  }
}
