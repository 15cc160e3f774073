package dev.tmem.swapfile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import dev.tmem.backend.PageKey;
import dev.tmem.backend.Zpage;
import java.nio.ByteBuffer;
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
