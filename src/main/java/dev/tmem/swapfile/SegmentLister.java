package dev.tmem.swapfile;

import dev.tmem.backend.PageKey;
import java.io.IOException;
import java.nio.ByteBuffer;

/** Makes the list of a segment that has none, by looking at what lies there. Confined. */
final class SegmentLister {

  private final SwapFile file;
  private final ByteBuffer buffer;

  /**
   * @param buffer of a segment's size
   */
  SegmentLister(SwapFile file, ByteBuffer buffer) {
    this.file = file;
    this.buffer = buffer;
  }

  /** Lists what has an intact header; the segment has been read before. */
  void list(FoundSegment found, SegmentList into) throws IOException {
    buffer.clear();
    file.io().readFully(buffer, file.geometry().base(found.index));
    buffer.clear();
    into.begin(found.index, found.generation);
    long seed = GenerationSeed.of(file.uuid(), found.generation);
    Entries entries = new Entries(into);
    new SegmentScan(true).scan(buffer, seed, SegmentScan.End.LISTED, found.end, entries);
    into.commit(found.end);
    into.namedBefore(entries.lastNames, entries.lastCell);
  }

  /** Puts what is found into the list. */
  private static final class Entries implements SegmentScan.Visitor {
    private final SegmentList list;

    /** Where names were repeated last; and the cell of the last record that was. */
    private int lastNames;

    private int lastCell;

    Entries(SegmentList list) {
      this.list = list;
    }

    @Override
    public void record(ByteBuffer segment, int at) {
      if (RecordCodec.kind(segment, at) == RecordLayout.KIND_NAMES) {
        int end = at + RecordLayout.PAYLOAD_AT + RecordCodec.payloadLength(segment, at);
        int entry = end - ListLayout.ENTRY_BYTES;
        lastNames = at;
        lastCell = Short.toUnsignedInt(segment.getShort(entry + ListLayout.CELL_AT));
      }
      add(segment, at);
    }

    @Override
    public void damagedPayload(ByteBuffer segment, int at) {
      add(segment, at);
    }

    private void add(ByteBuffer segment, int at) {
      byte kind = RecordCodec.kind(segment, at);
      if (FoundAreas.kind(kind) != 0 && !list.isFull()) {
        PageKey key = RecordCodec.key(segment, at);
        int cell = at / RecordLayout.ALIGNMENT;
        list.add(kind, key.space(), key.offset(), RecordCodec.epoch(segment, at), cell);
      }
    }

    @Override
    public void damaged(int from, int to) {}

    @Override
    public void cutOff(ByteBuffer segment, int at) {}
  }
}
