package dev.tmem.swapfile;

import dev.tmem.backend.DurableArea;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Which durable areas a file holds, as {@link CatalogueLayout} has it. Immutable.
 *
 * @param firstGeneration lower ones hold nothing durable
 * @param nextNumber for an area: this and higher ones were never used
 * @param closed in good order: every record is whole
 */
record Catalogue(
    long serial, long firstGeneration, int nextNumber, boolean closed, List<DurableArea> areas) {

  Catalogue {
    areas = List.copyOf(areas);
  }

  /** Of a file that never held a durable area. */
  static Catalogue empty(long firstGeneration) {
    return new Catalogue(0, firstGeneration, 1, false, List.of());
  }

  /** The next state, with these areas. */
  Catalogue with(long newFirst, List<DurableArea> newAreas) {
    int next = nextNumber;
    for (DurableArea area : newAreas) {
      next = Math.max(next, area.number() + 1);
    }
    return new Catalogue(serial + 1, newFirst, next, false, newAreas);
  }

  /** The next state, opened or closed. */
  Catalogue closed(boolean inGoodOrder) {
    return new Catalogue(serial + 1, firstGeneration, nextNumber, inGoodOrder, areas);
  }

  /** The same, as if it had been written that often. */
  Catalogue withSerial(long newSerial) {
    return new Catalogue(newSerial, firstGeneration, nextNumber, closed, areas);
  }

  /**
   * @return null if there is no room for so many areas
   */
  @Nullable ByteBuffer encode() {
    int entries = 0;
    List<byte[]> names = new ArrayList<>();
    List<byte[]> options = new ArrayList<>();
    for (DurableArea area : areas) {
      names.add(area.name().getBytes(StandardCharsets.UTF_8));
      options.add(area.options().getBytes(StandardCharsets.UTF_8));
      entries += CatalogueLayout.NAME_AT + names.getLast().length + options.getLast().length;
    }
    if (CatalogueLayout.ENTRIES_AT + entries > CatalogueLayout.COPY_BYTES) {
      return null;
    }
    ByteBuffer into = ByteBuffer.allocate(CatalogueLayout.ENTRIES_AT + entries);
    into.putLong(CatalogueLayout.MAGIC_AT, CatalogueLayout.MAGIC);
    into.putLong(CatalogueLayout.SERIAL_AT, serial);
    into.putLong(CatalogueLayout.FIRST_GENERATION_AT, firstGeneration);
    into.putInt(CatalogueLayout.NEXT_NUMBER_AT, nextNumber);
    into.putInt(
        CatalogueLayout.STATE_AT,
        closed ? CatalogueLayout.STATE_CLOSED : CatalogueLayout.STATE_OPEN);
    into.putInt(CatalogueLayout.AREAS_AT, areas.size());
    into.putInt(CatalogueLayout.ENTRIES_BYTES_AT, entries);
    int at = CatalogueLayout.ENTRIES_AT;
    for (int i = 0; i < areas.size(); i++) {
      into.putInt(at + CatalogueLayout.NUMBER_AT, areas.get(i).number());
      into.putInt(at + CatalogueLayout.PAGE_SIZE_AT, areas.get(i).pageSize());
      into.putLong(at + CatalogueLayout.FSYNC_AT, areas.get(i).fsyncMillis());
      into.putInt(at + CatalogueLayout.NAME_LENGTH_AT, names.get(i).length);
      into.putInt(at + CatalogueLayout.JSON_LENGTH_AT, options.get(i).length);
      into.put(at + CatalogueLayout.NAME_AT, names.get(i));
      into.put(at + CatalogueLayout.NAME_AT + names.get(i).length, options.get(i));
      at += CatalogueLayout.NAME_AT + names.get(i).length + options.get(i).length;
    }
    into.putInt(CatalogueLayout.CRC_AT, checksum(into, entries));
    return into;
  }

  /** Writes one copy after the other, so that one is whole whenever the power fails. */
  static void write(FileIo io, ByteBuffer encoded) throws IOException {
    for (int copy = 0; copy < CatalogueLayout.COPIES; copy++) {
      io.writeFully(encoded.duplicate().clear(), CatalogueLayout.base(copy));
      io.force();
    }
  }

  /**
   * Reads the newer of the intact copies.
   *
   * @return null: there was never one that was written to its end
   * @throws IOException also if both copies are damaged
   */
  static @Nullable Catalogue read(FileIo io) throws IOException {
    Catalogue best = null;
    int damaged = 0;
    for (int copy = 0; copy < CatalogueLayout.COPIES; copy++) {
      ByteBuffer from = ByteBuffer.allocate(CatalogueLayout.COPY_BYTES);
      io.readFully(from, CatalogueLayout.base(copy));
      Catalogue found = decode(from);
      boolean ours = from.getLong(CatalogueLayout.MAGIC_AT) == CatalogueLayout.MAGIC;
      damaged += found == null && ours ? 1 : 0;
      if (found != null && (best == null || found.serial > best.serial)) {
        best = found;
      }
    }
    if (best == null && damaged == CatalogueLayout.COPIES) {
      throw new IOException("both copies of the catalogue of durable areas are damaged");
    }
    return best;
  }

  /** Believes nothing; null unless it is intact. */
  static @Nullable Catalogue decode(ByteBuffer from) {
    int entries = from.getInt(CatalogueLayout.ENTRIES_BYTES_AT);
    if (from.getLong(CatalogueLayout.MAGIC_AT) != CatalogueLayout.MAGIC
        || entries < 0
        || entries > from.capacity() - CatalogueLayout.ENTRIES_AT
        || from.getInt(CatalogueLayout.CRC_AT) != checksum(from, entries)) {
      return null;
    }
    int end = CatalogueLayout.ENTRIES_AT + entries;
    int at = CatalogueLayout.ENTRIES_AT;
    List<DurableArea> areas = new ArrayList<>();
    for (int i = from.getInt(CatalogueLayout.AREAS_AT); i > 0; i--) {
      DurableArea area = decodeEntry(from, at, end);
      if (area == null) {
        return null;
      }
      areas.add(area);
      at +=
          CatalogueLayout.NAME_AT
              + from.getInt(at + CatalogueLayout.NAME_LENGTH_AT)
              + from.getInt(at + CatalogueLayout.JSON_LENGTH_AT);
    }
    return new Catalogue(
        from.getLong(CatalogueLayout.SERIAL_AT),
        from.getLong(CatalogueLayout.FIRST_GENERATION_AT),
        from.getInt(CatalogueLayout.NEXT_NUMBER_AT),
        from.getInt(CatalogueLayout.STATE_AT) == CatalogueLayout.STATE_CLOSED,
        areas);
  }

  private static @Nullable DurableArea decodeEntry(ByteBuffer from, int at, int end) {
    if (end - at < CatalogueLayout.NAME_AT) {
      return null;
    }
    int nameLength = from.getInt(at + CatalogueLayout.NAME_LENGTH_AT);
    int jsonLength = from.getInt(at + CatalogueLayout.JSON_LENGTH_AT);
    int left = end - at - CatalogueLayout.NAME_AT;
    if (nameLength < 0 || jsonLength < 0 || nameLength > left || jsonLength > left - nameLength) {
      return null;
    }
    byte[] name = new byte[nameLength];
    byte[] json = new byte[jsonLength];
    from.get(at + CatalogueLayout.NAME_AT, name);
    from.get(at + CatalogueLayout.NAME_AT + nameLength, json);
    return new DurableArea(
        from.getInt(at + CatalogueLayout.NUMBER_AT),
        new String(name, StandardCharsets.UTF_8),
        from.getInt(at + CatalogueLayout.PAGE_SIZE_AT),
        from.getLong(at + CatalogueLayout.FSYNC_AT),
        new String(json, StandardCharsets.UTF_8));
  }

  private static int checksum(ByteBuffer from, int entries) {
    CRC32C crc = new CRC32C();
    crc.update(from.slice(0, CatalogueLayout.CRC_AT));
    crc.update(from.slice(CatalogueLayout.ENTRIES_AT, entries));
    return (int) crc.getValue();
  }
}
