package dev.tmem.swapfile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tmem.backend.DurableArea;
import dev.tmem.backend.PageKey;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** What stands in the log beside pages: headers of segments, tombstones, lists, the catalogue. */
class LogFormatTest {

  private static final UUID FILE = new UUID(0x9876, 0x5432);

  private final RecordCodec codec = new RecordCodec();
  private final ByteBuffer buffer = ByteBuffer.allocateDirect(256 << 10);
  private final long seed = GenerationSeed.of(FILE, 7);

  // ---- Segments

  @Test
  void oneDamagedCopyOfASegmentsHeaderIsMadeUpForByTheOther() {
    SegmentLayout.encode(buffer, FILE, 3, 99, 98);
    assertEquals(99, SegmentLayout.generation(buffer, FILE, 3));
    buffer.put(5, (byte) 1);
    assertEquals(99, SegmentLayout.generation(buffer, FILE, 3));
    buffer.put(SegmentLayout.COPY_BYTES + 20, (byte) 1);
    assertEquals(SegmentLayout.DAMAGED, SegmentLayout.generation(buffer, FILE, 3));
  }

  @Test
  void aSegmentsHeaderIsOfItsPlaceAndItsFile() {
    SegmentLayout.encode(buffer, FILE, 3, 99, 98);
    assertEquals(SegmentLayout.DAMAGED, SegmentLayout.generation(buffer, FILE, 4));
    assertEquals(
        SegmentLayout.DAMAGED, SegmentLayout.generation(buffer, new UUID(0x9876, 0x5433), 3));
    SegmentLayout.encodeFree(buffer, FILE, 3, 99);
    assertEquals(SegmentLayout.FREE, SegmentLayout.generation(buffer, FILE, 3));
  }

  // ---- Records

  @Test
  void aTombstoneComesBackAsItWas() {
    PageKey key = new PageKey(5, 1L << 40);
    byte kind = RecordLayout.KIND_TOMBSTONE;
    int bytes = codec.encodeMark(buffer, 128, seed, kind, 64 << 10, key, 1L << 42, 77);
    assertEquals(RecordLayout.ALIGNMENT, bytes);
    assertTrue(codec.headerIntact(buffer, 128, buffer.capacity(), seed));
    assertTrue(codec.payloadIntact(buffer, 128, seed));
    assertEquals(kind, RecordCodec.kind(buffer, 128));
    assertEquals(key, RecordCodec.key(buffer, 128));
    assertEquals(1L << 42, RecordCodec.epoch(buffer, 128));
    assertEquals(77, RecordCodec.born(buffer, 128));
    assertEquals(64 << 10, RecordCodec.synced(buffer, 128));
    buffer.put(128 + RecordLayout.PAYLOAD_AT, (byte) 1);
    assertFalse(codec.payloadIntact(buffer, 128, seed));
  }

  @Test
  void theWholeOfALargestSegmentCanBeSynced() {
    PageKey key = new PageKey(1, 1);
    byte kind = RecordLayout.KIND_LOST;
    int most = Geometry.SEGMENT_BYTES - RecordLayout.ALIGNMENT;
    codec.encodeMark(buffer, 0, seed, kind, most, key, 1, 1);
    assertEquals(most, RecordCodec.synced(buffer, 0));
  }

  @Test
  void aListComesBackAsItWas() {
    int payload = RecordLayout.PAYLOAD_AT;
    int entries = 100;
    ListLayout.encodeHead(buffer, payload, 12, 200_000, 55, 1, 2);
    for (int i = 0; i < entries; i++) {
      int at = payload + ListLayout.ENTRIES_AT + i * ListLayout.ENTRY_BYTES;
      ListLayout.encodeEntry(buffer, at, RecordLayout.KIND_DURABLE, 9, i, 1000 + i, 65_535);
    }
    int length = ListLayout.ENTRIES_AT + entries * ListLayout.ENTRY_BYTES;
    codec.encodeList(buffer, 0, seed, 0, length);
    assertTrue(codec.headerIntact(buffer, 0, buffer.capacity(), seed));
    assertTrue(codec.payloadIntact(buffer, 0, seed));
    assertEquals(12, RecordCodec.key(buffer, 0).offset());
    assertEquals(55, RecordCodec.epoch(buffer, 0));
    assertTrue(ListLayout.possible(buffer, payload, length));
    assertFalse(ListLayout.possible(buffer, payload, length - 1));
  }

  @Test
  void everyPartOfAListFitsARecord() {
    int entries = ListLayout.maxEntries(Geometry.SEGMENT_BYTES);
    int parts = ListLayout.parts(entries);
    int sum = 0;
    int bytes = SegmentLayout.HEADER_BYTES;
    for (int part = 0; part < parts; part++) {
      int length = ListLayout.partBytes(entries, part);
      assertTrue(length <= RecordLayout.MAX_PAYLOAD);
      sum += (length - ListLayout.ENTRIES_AT) / ListLayout.ENTRY_BYTES;
      bytes += RecordLayout.recordBytes(length);
    }
    assertEquals(entries, sum);
    assertTrue(bytes <= LogWriter.WRITE_BYTES, "a whole list is written with one call");
    assertEquals(1, ListLayout.parts(0));
    assertEquals(ListLayout.ENTRIES_AT, ListLayout.partBytes(0, 0));
  }

  // ---- The catalogue

  private static DurableArea area(int number) {
    return new DurableArea(number, "area-" + number, 4096, number * 100L, "{\"n\":" + number + "}");
  }

  private static ByteBuffer encoded(Catalogue catalogue) {
    ByteBuffer bytes = catalogue.encode();
    assertNotNull(bytes);
    return ByteBuffer.allocate(CatalogueLayout.COPY_BYTES).put(bytes.clear()).clear();
  }

  @Test
  void theCatalogueComesBackAsItWas() {
    Catalogue catalogue = Catalogue.empty(12).with(12, List.of(area(3), area(9)));
    assertEquals(10, catalogue.nextNumber());
    assertEquals(catalogue, Catalogue.decode(encoded(catalogue)));
    Catalogue closed = catalogue.with(12, List.of()).closed(true);
    assertEquals(10, closed.nextNumber());
    assertEquals(closed, Catalogue.decode(encoded(closed)));
  }

  @Test
  void everyDamageOfTheCatalogueShows() {
    Catalogue catalogue = Catalogue.empty(12).with(12, List.of(area(3), area(9)));
    ByteBuffer bytes = encoded(catalogue);
    ByteBuffer whole = catalogue.encode();
    assertNotNull(whole);
    for (int bit = 0; bit < whole.capacity() * 8; bit++) {
      byte before = bytes.get(bit / 8);
      bytes.put(bit / 8, (byte) (before ^ 1 << bit % 8));
      assertNull(Catalogue.decode(bytes), "bit " + bit);
      bytes.put(bit / 8, before);
    }
    assertEquals(catalogue, Catalogue.decode(bytes));
  }

  @Test
  void noiseIsNoCatalogueAndNeverThrows() {
    long noiseSeed = Long.getLong("tmem.seed", System.nanoTime());
    System.out.println("LogFormatTest seed " + noiseSeed);
    Random random = new Random(noiseSeed);
    byte[] noise = new byte[4096];
    for (int round = 0; round < 10_000; round++) {
      random.nextBytes(noise);
      ByteBuffer bytes = ByteBuffer.wrap(noise);
      bytes.putLong(CatalogueLayout.MAGIC_AT, CatalogueLayout.MAGIC);
      bytes.putInt(CatalogueLayout.ENTRIES_BYTES_AT, random.nextInt(8192) - 2048);
      assertNull(Catalogue.decode(bytes));
    }
  }

  @Test
  void moreAreasThanTheCatalogueHasRoomForAreRefused() {
    List<DurableArea> areas = new ArrayList<>();
    while (Catalogue.empty(1).with(1, areas).encode() != null) {
      areas.add(area(areas.size() + 1));
    }
    assertTrue(areas.size() > 1000, "room for " + areas.size());
  }

  @Test
  void theNewerIntactCopyOfTheCatalogueCounts() throws IOException {
    FileInMemory file = new FileInMemory();
    assertNull(Catalogue.read(file));
    Catalogue first = Catalogue.empty(1).with(1, List.of(area(1)));
    Catalogue second = first.with(1, List.of(area(1), area(2)));
    write(file, first);
    file.tearAfter(CatalogueLayout.base(0) + 60);
    write(file, second);
    assertEquals(first, Catalogue.read(file));
    file.tearAfter(CatalogueLayout.base(1) + 60);
    write(file, second);
    assertEquals(second, Catalogue.read(file));
    file.tearAfter(CatalogueLayout.base(0) + 60);
    write(file, second.with(1, List.of(area(3))));
    assertThrows(IOException.class, () -> Catalogue.read(file));
  }

  private static void write(FileIo file, Catalogue catalogue) throws IOException {
    ByteBuffer bytes = catalogue.encode();
    assertNotNull(bytes);
    Catalogue.write(file, bytes);
  }

  /** The beginning of a file; a write may be torn, which is the last one then. */
  private static final class FileInMemory implements FileIo {
    private final ByteBuffer bytes = ByteBuffer.allocate(HeaderLayout.HEADER_BYTES);
    private long tear = Long.MAX_VALUE;
    private boolean torn;

    /** From there on the next write that crosses it does not reach the disk, nor does any later. */
    void tearAfter(long position) {
      tear = position;
      torn = false;
    }

    @Override
    public int write(ByteBuffer from, long position) {
      int length = from.remaining();
      int kept = Math.clamp(torn ? 0 : tear - position, 0, length);
      if (position <= tear && kept < length) {
        torn = true;
      }
      bytes.put((int) position, from, from.position(), kept);
      from.position(from.limit());
      return length;
    }

    @Override
    public int read(ByteBuffer into, long position) {
      int length = into.remaining();
      into.put(bytes.slice((int) position, length));
      return length;
    }

    @Override
    public void force() {}
  }
}
