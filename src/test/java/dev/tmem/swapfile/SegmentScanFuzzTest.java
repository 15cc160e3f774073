package dev.tmem.swapfile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tmem.backend.DurableArea;
import dev.tmem.backend.PageKey;
import dev.tmem.backend.Zpage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Segments that were damaged in every way a fuzzer can think of: the reader never throws, never
 * runs on for ever, and never takes for a record what was not written as one. That the fuzzer would
 * notice is shown on two readers with a bug.
 */
class SegmentScanFuzzTest {

  private static final int SEGMENT_BYTES = 64 << 10;
  private static final UUID FILE = new UUID(0x11, 0x22);
  private static final long GENERATION = 1000;
  private static final int ROUNDS = 4000;
  private static final List<SegmentScan.End> ENDS = List.of(SegmentScan.End.values());

  /** How a segment is read. */
  private interface Reader {
    int scan(ByteBuffer segment, SegmentScan.End end, int listedEnd, SegmentScan.Visitor visitor);
  }

  private final long seed = Long.getLong("tmem.seed", System.nanoTime());
  private final Random random = new Random(seed);
  private final RecordCodec codec = new RecordCodec();

  /** What was written, by place: key and epoch, and the bytes of pages. */
  private final Map<Integer, Zpage> written = new HashMap<>();

  private int end;

  @Test
  void nothingIsFoundThatWasNotWritten() {
    System.out.println("SegmentScanFuzzTest seed " + seed);
    assertEquals(null, fuzz(reader(new SegmentScan(false), GENERATION)));
  }

  @Test
  void aReaderThatTrustsPayloadsIsFoundOut() {
    assertNotNull(fuzz(reader(new SegmentScan(true), GENERATION)));
  }

  /** It takes what an earlier use of the segment left behind for what is there now. */
  @Test
  void aReaderThatDoesNotLookAtTheGenerationIsFoundOut() {
    SegmentScan scan = new SegmentScan(false);
    Reader forgetful =
        (segment, kind, listedEnd, visitor) -> {
          for (long generation = GENERATION - 1; generation < GENERATION; generation++) {
            reader(scan, generation).scan(segment, SegmentScan.End.UNKNOWN, 0, visitor);
          }
          return reader(scan, GENERATION).scan(segment, kind, listedEnd, visitor);
        };
    assertNotNull(fuzz(forgetful));
  }

  /** What recovery takes if it can is told by looking at every byte as well. */
  @Test
  void aDigestTellsWhatTheReaderTells() throws IOException {
    FoundAreas areas = new FoundAreas(List.of(area(1), area(3)));
    int taken = 0;
    for (int round = 0; round < ROUNDS; round++) {
      ByteBuffer segment = segment();
      for (int i = random.nextInt(3); i > 0; i--) {
        mutate(segment);
      }
      List<Integer> places = List.copyOf(written.keySet());
      int listed =
          switch (random.nextInt(4)) {
            case 0 -> places.isEmpty() ? end : places.get(random.nextInt(places.size()));
            case 1 -> random.nextInt(SEGMENT_BYTES);
            default -> end;
          };
      SegmentDigest digest = new SegmentDigest(5, 6, SEGMENT_BYTES, areas);
      new SegmentDigester(
              io(segment),
              SEGMENT_BYTES,
              SegmentLayout.HEADER_BYTES + random.nextInt(20_000),
              false)
          .digest(0, GenerationSeed.of(FILE, GENERATION), digest);
      Told told = new Told(areas);
      reader(new SegmentScan(false), GENERATION)
          .scan(segment, SegmentScan.End.LISTED, listed, told);
      String what = "round " + round + ", seed " + seed;
      boolean whole = told.harmless && listed >= SegmentLayout.HEADER_BYTES;
      assertEquals(whole, digest.reaches(listed), what);
      if (digest.reaches(listed)) {
        taken++;
        RecoveredPages pages = new RecoveredPages();
        digest.offer(pages, listed);
        ByteBuffer list = list(listed);
        digest.compare(list, pages);
        for (int entry = 0; entry < list.capacity(); entry += ListLayout.ENTRY_BYTES) {
          areas.expect(told.pages, list, entry);
        }
        assertEquals(words(told.pages), words(pages), what);
        assertEquals(told.records, digest.recordsBefore(listed), what);
      }
    }
    assertTrue(taken > ROUNDS / 8, "only " + taken);
  }

  private static DurableArea area(int number) {
    return new DurableArea(number, "area " + number, 4096, 0, "{}");
  }

  /** Reads fewer bytes than it is asked for, now and then. */
  private FileIo io(ByteBuffer segment) {
    return new FileIo() {
      @Override
      public int write(ByteBuffer from, long position) throws IOException {
        throw new IOException("is only read");
      }

      @Override
      public int read(ByteBuffer into, long position) {
        int length = 1 + random.nextInt(into.remaining());
        into.put(into.position(), segment, (int) position, length);
        into.position(into.position() + length);
        return length;
      }

      @Override
      public void force() throws IOException {
        throw new IOException("is only read");
      }
    };
  }

  /** Most of what was written before a place, some of it with another epoch, and some more. */
  private ByteBuffer list(int before) {
    List<Integer> places = new ArrayList<>(written.keySet());
    places.removeIf(at -> at >= before || random.nextInt(8) == 0);
    Collections.sort(places);
    ByteBuffer entries = ByteBuffer.allocate((places.size() + 1) * ListLayout.ENTRY_BYTES);
    for (int i = 0; i <= places.size(); i++) {
      boolean more = i == places.size();
      Zpage page = more ? null : written.get(places.get(i));
      PageKey key = page == null ? new PageKey(1 + random.nextInt(3), 5000) : page.key();
      long epoch = page == null ? 7 : page.epoch() + (random.nextInt(8) == 0 ? 1 : 0);
      int cell = (more ? random.nextInt(SEGMENT_BYTES) : places.get(i)) / RecordLayout.ALIGNMENT;
      byte kind = random.nextInt(8) == 0 ? RecordLayout.KIND_TOMBSTONE : RecordLayout.KIND_DURABLE;
      ListLayout.encodeEntry(
          entries, i * ListLayout.ENTRY_BYTES, kind, key.space(), key.offset(), epoch, cell);
    }
    return entries;
  }

  private static Map<Long, List<Long>> words(RecoveredPages pages) {
    Map<Long, List<Long>> words = new HashMap<>();
    pages.visit((area, offset, epoch, kind, word, handle) ->
        words.put(RecoveredPages.key(area, offset), List.of(word, handle)));
    return words;
  }

  /** Takes what the reader tells. */
  private static final class Told implements SegmentScan.Visitor {
    private final FoundAreas areas;
    private final RecoveredPages pages = new RecoveredPages();
    private boolean harmless = true;
    private int records;

    Told(FoundAreas areas) {
      this.areas = areas;
    }

    @Override
    public void record(ByteBuffer segment, int at) {
      records++;
      long handle = HandleLayout.pack(6, 5, at, RecordCodec.payloadLength(segment, at));
      areas.offer(pages, segment, at, RecoveredPages.PAGE, handle);
    }

    @Override
    public void damagedPayload(ByteBuffer segment, int at) {
      harmless = false;
    }

    @Override
    public void damaged(int from, int to) {
      harmless = false;
    }

    @Override
    public void cutOff(ByteBuffer segment, int at) {
      harmless = false;
    }
  }

  private static Reader reader(SegmentScan scan, long generation) {
    long seedOf = GenerationSeed.of(FILE, generation);
    return (segment, kind, listedEnd, visitor) ->
        scan.scan(segment, seedOf, kind, listedEnd, visitor);
  }

  /**
   * @return what the reader did wrong; null: nothing
   */
  private @Nullable String fuzz(Reader reader) {
    for (int round = 0; round < ROUNDS; round++) {
      ByteBuffer segment = segment();
      for (int i = random.nextInt(4); i > 0; i--) {
        mutate(segment);
      }
      SegmentScan.End kind = ENDS.get(random.nextInt(ENDS.size()));
      int listed = random.nextInt(8) == 0 ? random.nextInt(2 * SEGMENT_BYTES) : end;
      String[] wrong = {null};
      int counted = reader.scan(segment, kind, listed, new Judge(wrong));
      if (counted < 0 || counted > SEGMENT_BYTES) {
        return "an end at " + counted;
      }
      if (wrong[0] != null) {
        return wrong[0] + " in round " + round;
      }
    }
    return null;
  }

  /** Holds what is found against what was written. */
  private final class Judge implements SegmentScan.Visitor {
    private final String[] wrong;
    private int reached;

    Judge(String[] wrong) {
      this.wrong = wrong;
    }

    @Override
    public void record(ByteBuffer segment, int at) {
      look(segment, at, true);
      if (at < reached) {
        wrong[0] = "went back to " + at;
      }
      reached = at;
    }

    private void look(ByteBuffer segment, int at, boolean whole) {
      Zpage zpage = written.get(at);
      if (zpage == null
          || !RecordCodec.key(segment, at).equals(zpage.key())
          || RecordCodec.epoch(segment, at) != zpage.epoch()) {
        wrong[0] = "a record at " + at + " that was not written";
        return;
      }
      byte[] payload = new byte[RecordCodec.payloadLength(segment, at)];
      segment.get(at + RecordLayout.PAYLOAD_AT, payload);
      if (whole && !java.util.Arrays.equals(payload, zpage.bytes())) {
        wrong[0] = "a payload at " + at + " that was not written";
      }
    }

    @Override
    public void damagedPayload(ByteBuffer segment, int at) {
      look(segment, at, false);
    }

    @Override
    public void damaged(int from, int to) {
      if (from >= to || to > SEGMENT_BYTES) {
        wrong[0] = "damage from " + from + " to " + to;
      }
    }

    @Override
    public void cutOff(ByteBuffer segment, int at) {
      look(segment, at, true);
    }
  }

  /** Some records of this generation, behind them some of the one before. */
  private ByteBuffer segment() {
    ByteBuffer segment = ByteBuffer.allocate(SEGMENT_BYTES);
    written.clear();
    end = fill(segment, GENERATION - 1, SEGMENT_BYTES - random.nextInt(2000), null);
    end = fill(segment, GENERATION, random.nextInt(SEGMENT_BYTES), written);
    return segment;
  }

  private int fill(
      ByteBuffer segment, long generation, int limit, @Nullable Map<Integer, Zpage> into) {
    long seedOf = GenerationSeed.of(FILE, generation);
    int at = SegmentLayout.HEADER_BYTES;
    int synced = 0;
    while (true) {
      PageKey key = new PageKey(1 + random.nextInt(3), random.nextInt(1000));
      Zpage zpage = Rig.page(random, key, random.nextInt(1 << 20) + 1, 9 + random.nextInt(3000));
      int bytes = RecordLayout.recordBytes(zpage.length());
      if (at + bytes > limit) {
        return at;
      }
      codec.encode(segment, at, seedOf, RecordLayout.KIND_DURABLE, synced, zpage);
      if (into != null) {
        into.put(at, zpage);
      }
      at += bytes;
      synced = random.nextInt(3) == 0 ? at : synced;
    }
  }

  private void mutate(ByteBuffer segment) {
    int at = random.nextInt(SEGMENT_BYTES - 4);
    int near = at / RecordLayout.ALIGNMENT * RecordLayout.ALIGNMENT;
    switch (random.nextInt(6)) {
      case 0 -> segment.put(at, (byte) (segment.get(at) ^ 1 << random.nextInt(8)));
      case 1 -> segment.putInt(at, random.nextInt());
      case 2 -> segment.put(near, new byte[Math.min(512, SEGMENT_BYTES - near)]);
      case 3 -> {
        // A length that leads astray.
        int[] lengths = {0, -1, Integer.MAX_VALUE, Integer.MIN_VALUE, 65_536, 65_537, 64};
        int field =
            random.nextBoolean() ? RecordLayout.PAYLOAD_LENGTH_AT : RecordLayout.RECORD_LENGTH_AT;
        if (near + field + 4 <= SEGMENT_BYTES) {
          segment.putInt(near + field, lengths[random.nextInt(lengths.length)]);
        }
      }
      case 4 -> {
        // Something that was written elsewhere in it, not where a record may begin.
        byte[] piece = new byte[64 * (1 + random.nextInt(20))];
        int from = random.nextInt((SEGMENT_BYTES - piece.length) / 64) * 64;
        int to = random.nextInt((SEGMENT_BYTES - piece.length) / 64) * 64 + 4;
        segment.get(from, piece);
        int length = Math.min(piece.length, SEGMENT_BYTES - to);
        segment.put(to, piece, 0, length);
      }
      default -> segment.put(at, (byte) 0);
    }
  }
}
