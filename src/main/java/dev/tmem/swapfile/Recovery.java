package dev.tmem.swapfile;

import dev.tmem.backend.PageKey;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds what a file holds of its durable areas. One pass over the segments, the newest first, since
 * the list of a segment always lies in a newer one. Confined to the thread that activates the file.
 *
 * <p>Nothing older takes the place of what is damaged: whatever names a page, whole record, list or
 * record with a damaged payload, is offered with its epoch, and the highest one counts, be it only
 * known to have existed.
 */
final class Recovery {

  private static final Logger LOG = LoggerFactory.getLogger(Recovery.class);

  /** Segments between two lines in the log that say how far it is: 2 GiB. */
  private static final int PROGRESS_SEGMENTS = 512;

  /** The result, beside the pages. Immutable. */
  record Summary(long segments, long damagedPlaces, long unlisted, long millis) {}

  private final SwapFile file;
  private final Catalogue catalogue;
  private final SegmentTable table;
  private final RecoveredPages pages;

  /** Of records behind the end of the log: their epochs were used. */
  private final RecoveredPages cut;

  private final ByteBuffer buffer;
  private final SegmentScan scan;
  private final FoundAreas areas;
  private final TreeMap<Long, FoundSegment> byGeneration = new TreeMap<>();

  /** Segments without an intact header; their lists may still say what they are. */
  private final Set<Integer> damagedHeaders = new HashSet<>();

  /** The segment written last, if its header is damaged. */
  private @Nullable FoundSegment lastUnheaded;

  private final @Nullable FoundSegment[] byIndex;

  /** The one that was being written to; the log goes on with it. */
  private @Nullable FoundSegment tail;

  private long damagedPlaces;
  private long unlisted;

  /**
   * @param pages gets what is found
   * @param cut gets what was found behind the end of the log
   * @param buffer of a segment's size
   */
  Recovery(
      SwapFile file,
      Catalogue catalogue,
      SegmentTable table,
      RecoveredPages pages,
      RecoveredPages cut,
      ByteBuffer buffer) {
    this.file = file;
    this.catalogue = catalogue;
    this.table = table;
    this.pages = pages;
    this.cut = cut;
    this.buffer = buffer;
    scan = new SegmentScan(catalogue.closed());
    areas = new FoundAreas(catalogue.areas());
    byIndex = new FoundSegment[file.geometry().segments()];
  }

  /** Finds everything; afterwards the table knows what lives. */
  Summary run() throws IOException {
    long begun = System.nanoTime();
    readHeaders();
    int total = byGeneration.size();
    LOG.info("swap file {}: recovering {} segments", file.path(), total);
    int done;
    try (ReadAhead ahead = new ReadAhead(file, areas, catalogue.closed())) {
      done = readAll(ahead, total);
    }
    fillTable();
    long millis = (System.nanoTime() - begun) / 1_000_000;
    return new Summary(done, damagedPlaces, unlisted, millis);
  }

  /** Reads the newest first; how many there were. */
  private int readAll(ReadAhead ahead, int total) throws IOException {
    int done = 0;
    boolean last = true;
    for (FoundSegment found = newest(Long.MAX_VALUE);
        found != null;
        found = newest(found.generation)) {
      found.wasLast = last;
      read(found, last, ahead);
      // One that has nothing whole was begun, and its beginning has not reached the disk.
      if (last && found.records > 0) {
        tail = found.isListed() ? null : found;
        last = false;
      }
      if (++done % PROGRESS_SEGMENTS == 0) {
        LOG.info(
            "swap file {}: {} of {} segments, {} pages so far",
            file.path(),
            done,
            total,
            pages.size());
      }
    }
    return done;
  }

  private @Nullable FoundSegment newest(long below) {
    var entry = byGeneration.lowerEntry(below);
    return entry == null ? null : entry.getValue();
  }

  private void readHeaders() throws IOException {
    SegmentHeaders headers = new SegmentHeaders(file, catalogue.firstGeneration(), buffer);
    for (int index = 0; index < file.geometry().segments(); index++) {
      long generation = headers.read(index);
      if (generation != SegmentLayout.DAMAGED) {
        table.noteWritten(index);
      } else {
        damagedHeaders.add(index);
      }
      if (generation >= catalogue.firstGeneration() && generation < file.firstGeneration()) {
        know(new FoundSegment(index, generation));
      }
    }
    lastUnheaded = headers.findLast(damagedHeaders);
    if (lastUnheaded != null) {
      damagedPlaces++;
      damagedHeaders.remove(lastUnheaded.index);
      know(lastUnheaded);
    }
  }

  private void know(FoundSegment found) {
    byGeneration.put(found.generation, found);
    byIndex[found.index] = found;
    table.recover(found.index, found.generation);
  }

  // ---- One segment

  private void read(FoundSegment found, boolean last, ReadAhead ahead) throws IOException {
    found.end = SegmentLayout.HEADER_BYTES;
    try {
      SegmentDigest digest = ahead.take(found.index, found.generation, table.life(found.index));
      readAhead(found, ahead);
      if (found.isListed() && digest.reaches(found.listedEnd)) {
        take(found, digest);
      } else {
        look(found, last);
      }
    } catch (IOException e) {
      if (last) {
        throw e; // nothing else tells what it holds: the disk is asked again at the next start
      }
      LOG.warn("{}: segment {} cannot be read: {}", file.path(), found.index, e.toString());
      damagedPlaces++;
      found.end = found.isListed() ? found.listedEnd : found.end;
      found.entries.forEach(this::expectAll);
    }
    found.entries.clear();
  }

  /** All that its list says lies there is whole. */
  private void take(FoundSegment found, SegmentDigest digest) {
    int end = found.listedEnd;
    for (SegmentDigest.ListPart part : digest.lists()) {
      if (HandleLayout.offset(part.handle()) < end) {
        list(found, part.payload(), part.handle());
      }
    }
    digest.offer(pages, end);
    found.entries.forEach(entries -> digest.compare(entries, pages));
    found.records = digest.recordsBefore(end);
    found.end = end;
  }

  /** Looks at all of its bytes: it has no list, or not all that its list says is whole. */
  private void look(FoundSegment found, boolean last) throws IOException {
    SegmentScan.End kind =
        found.isListed()
            ? SegmentScan.End.LISTED
            : last ? SegmentScan.End.LAST : SegmentScan.End.UNKNOWN;
    buffer.clear();
    file.io().readFully(buffer, file.geometry().base(found.index));
    buffer.clear();
    if (kind == SegmentScan.End.UNKNOWN) {
      unlisted++;
      LOG.warn(
          "{}: segment {} has no list: were it damaged, it would not be known what it held",
          file.path(),
          found.index);
    }
    Taker taker = new Taker(found);
    long seed = GenerationSeed.of(file.uuid(), found.generation);
    found.end = scan.scan(buffer, seed, kind, found.listedEnd, taker);
    for (ByteBuffer entries : found.entries) {
      taker.compare(entries, buffer.capacity());
    }
    if (kind != SegmentScan.End.LISTED) {
      // What was written behind the last sync may never have reached the disk: that is no damage.
      taker.names.forEach(names -> taker.compare(names, taker.synced));
    }
  }

  /** Begins with the ones that come next, as far as is known now. */
  private void readAhead(FoundSegment found, ReadAhead ahead) {
    FoundSegment next = newest(found.generation);
    for (int i = 0; i < ReadAhead.AHEAD && next != null; i++) {
      ahead.begin(next.index, next.generation, table.life(next.index));
      next = newest(next.generation);
    }
  }

  /** Takes what one segment holds. */
  private final class Taker implements SegmentScan.Visitor {
    private final FoundSegment found;
    private final int life;

    /** One bit for each cell in which a whole record begins that names a page. */
    private final BitSet taken = new BitSet();

    /** What whole records repeat of those before them. */
    private final List<ByteBuffer> names = new ArrayList<>();

    /** So much of the segment was on stable storage, by what whole records say. */
    private int synced;

    Taker(FoundSegment found) {
      this.found = found;
      this.life = table.life(found.index);
    }

    @Override
    public void record(ByteBuffer segment, int at) {
      byte kind = RecordCodec.kind(segment, at);
      int length = RecordCodec.payloadLength(segment, at);
      long handle = HandleLayout.pack(life, found.index, at, length);
      synced = Math.max(synced, RecordCodec.synced(segment, at));
      switch (kind) {
        case RecordLayout.KIND_LIST -> {
          found.records++;
          list(found, payload(segment, at), handle);
        }
        case RecordLayout.KIND_NAMES -> {
          found.records++;
          names.add(payload(segment, at));
        }
        case RecordLayout.KIND_DURABLE -> take(segment, at, RecoveredPages.PAGE, handle);
        case RecordLayout.KIND_TOMBSTONE -> take(segment, at, RecoveredPages.TOMBSTONE, handle);
        case RecordLayout.KIND_LOST -> take(segment, at, RecoveredPages.LOST, handle);
        // A page that nobody asks for after a restart.
        default -> found.records++;
      }
    }

    @Override
    public void damagedPayload(ByteBuffer segment, int at) {
      damagedPlaces++;
      switch (RecordCodec.kind(segment, at)) {
        case RecordLayout.KIND_DURABLE, RecordLayout.KIND_LOST ->
            offer(segment, at, RecoveredPages.EXPECTED_PAGE, -1);
        case RecordLayout.KIND_TOMBSTONE ->
            offer(segment, at, RecoveredPages.EXPECTED_TOMBSTONE, -1);
        default -> {
          // What a damaged list would have told is told by the segment itself.
        }
      }
    }

    @Override
    public void damaged(int from, int to) {
      damagedPlaces++;
      LOG.warn("{}: segment {} is damaged from {} to {}", file.path(), found.index, from, to);
    }

    @Override
    public void cutOff(ByteBuffer segment, int at) {
      byte kind = RecordCodec.kind(segment, at);
      if (kind == RecordLayout.KIND_DURABLE || kind == RecordLayout.KIND_TOMBSTONE) {
        areas.offer(cut, segment, at, RecoveredPages.EXPECTED_PAGE, -1);
      }
    }

    private void take(ByteBuffer segment, int at, int kind, long handle) {
      taken.set(at / RecordLayout.ALIGNMENT);
      offer(segment, at, kind, handle);
    }

    /** Offers what is named before a place, and was not found where it is said to be. */
    void compare(ByteBuffer entries, int before) {
      for (int entry = 0; entry < entries.capacity(); entry += ListLayout.ENTRY_BYTES) {
        int cell = Short.toUnsignedInt(entries.getShort(entry + ListLayout.CELL_AT));
        if (cell * RecordLayout.ALIGNMENT < before && !hasTaken(buffer, entries, entry)) {
          areas.expect(pages, entries, entry);
        }
      }
    }

    /** Whether what a list names was found where the list says, so that it tells nothing new. */
    boolean hasTaken(ByteBuffer segment, ByteBuffer entries, int entry) {
      int cell = Short.toUnsignedInt(entries.getShort(entry + ListLayout.CELL_AT));
      int at = cell * RecordLayout.ALIGNMENT;
      return taken.get(cell)
          && RecordCodec.kind(segment, at) == entries.get(entry + ListLayout.KIND_AT)
          && segment.getInt(at + RecordLayout.SPACE_AT)
              == entries.getInt(entry + ListLayout.SPACE_AT)
          && segment.getLong(at + RecordLayout.OFFSET_AT)
              == entries.getLong(entry + ListLayout.OFFSET_AT)
          && RecordCodec.epoch(segment, at) == entries.getLong(entry + ListLayout.EPOCH_AT);
    }

    private void offer(ByteBuffer segment, int at, int kind, long handle) {
      found.records++;
      areas.offer(pages, segment, at, kind, handle);
    }
  }

  private static ByteBuffer payload(ByteBuffer segment, int at) {
    ByteBuffer payload = ByteBuffer.allocate(RecordCodec.payloadLength(segment, at));
    payload.put(0, segment, at + RecordLayout.PAYLOAD_AT, payload.capacity());
    return payload;
  }

  /**
   * A list counts while the segment is in the use that it tells of. What it names is compared with
   * what that segment holds, when that is read.
   */
  private void list(FoundSegment reader, ByteBuffer payload, long handle) {
    int length = payload.capacity();
    if (!ListLayout.possible(payload, 0, length)) {
      return;
    }
    int index = payload.getInt(ListLayout.SEGMENT_AT);
    long generation = payload.getLong(ListLayout.GENERATION_AT);
    if (damagedHeaders.remove(index)) {
      know(new FoundSegment(index, generation));
    }
    FoundSegment told = index < byIndex.length ? byIndex[index] : null;
    int parts = payload.getInt(ListLayout.PARTS_AT);
    if (told == null
        || told.generation != generation
        || parts > ListLayout.parts(ListLayout.maxEntries(file.geometry().segmentBytes()))) {
      return;
    }
    int part = payload.getInt(ListLayout.PART_AT);
    if (!told.addPart(part, parts, payload.getInt(ListLayout.END_AT), handle)) {
      return;
    }
    ByteBuffer entries = payload.slice(ListLayout.ENTRIES_AT, length - ListLayout.ENTRIES_AT);
    if (generation < reader.generation) {
      told.entries.add(entries);
    } else {
      expectAll(entries);
    }
  }

  private void expectAll(ByteBuffer entries) {
    for (int entry = 0; entry < entries.capacity(); entry += ListLayout.ENTRY_BYTES) {
      areas.expect(pages, entries, entry);
    }
  }

  // ---- What lives

  private void fillTable() {
    ArrayDeque<FoundSegment> toReach = new ArrayDeque<>();
    synchronized (table) { // taken once, and not for each page
      pages.visit((area, offset, epoch, kind, word, handle) -> {
        if (handle >= 0) {
          table.recoverRecord(handle, FoundAreas.recordKind(kind));
        }
      });
    }
    for (FoundSegment found : byGeneration.values()) {
      if (table.liveBytes(found.index) > 0) {
        reach(found.index, toReach);
      }
    }
    // A list lives if its segment holds something, which may make another list live.
    for (FoundSegment found = toReach.poll(); found != null; found = toReach.poll()) {
      if (found.isListed()) {
        for (long handle : found.list) {
          table.recoverRecord(handle, RecordLayout.KIND_LIST);
          reach(HandleLayout.segment(handle), toReach);
        }
        table.listed(found.index, found.generation, found.list);
      }
    }
    table.recovered(tail == null ? -1 : tail.index);
  }

  // ---- What the log lacks

  /**
   * Takes up the log where it ended. Writes lists for other segments that have none, and on record
   * what is known to be lost; all of it is on stable storage then, and what was cut off from the
   * tail stays cut off.
   */
  void mend(LogWriter log, DurableAreas durable) throws IOException {
    FoundSegment goesOn = tail;
    SegmentLister lister = new SegmentLister(file, buffer);
    if (goesOn != null && table.holdsSomething(goesOn.index, goesOn.generation)) {
      if (goesOn == lastUnheaded) {
        SegmentHeaders.write(file, goesOn.index, goesOn.generation);
      }
      lister.list(goesOn, log.openList());
      check(log.resume(goesOn.index, goesOn.end, !catalogue.closed()), "the end of the log");
    }
    SegmentList list = new SegmentList(ByteBuffer.allocate(SegmentList.bytes(buffer.capacity())));
    for (FoundSegment found : byGeneration.descendingMap().values()) {
      boolean holds = table.holdsSomething(found.index, found.generation);
      if (holds && !found.isListed() && found != goesOn) {
        lister.list(found, list);
        check(log.fitsList(list) || log.roll(true), "a new segment");
        check(log.writeList(list), "list of segment " + found.index);
      }
    }
    if (pages.size() > pages.count(RecoveredPages.PAGE) + pages.count(RecoveredPages.TOMBSTONE)) {
      recordLosses(log, durable);
    }
    check(log.commit(false) && log.force(), "what was found");
    // A segment that was cut and holds nothing has no list to say so: it must not be read again.
    for (FoundSegment found : byGeneration.values()) {
      if (found.wasLast && table.isFreeOf(found.index, found.generation)) {
        check(log.markFree(new int[] {found.index}, 1), "free segments");
      }
    }
    check(log.force(), "free segments");
  }

  /** Puts on record what is not whole: pages that are lost, pages that are no more. */
  private void recordLosses(LogWriter log, DurableAreas durable) {
    pages.visit((area, offset, epoch, kind, word, handle) -> {
      PageKey key = new PageKey(catalogue.areas().get(area).number(), offset);
      if (kind == RecoveredPages.EXPECTED_PAGE || kind == RecoveredPages.LOST) {
        durable.lose(key, epoch);
      }
      if (kind == RecoveredPages.EXPECTED_PAGE) {
        mark(log, RecordLayout.KIND_LOST, key, epoch);
      } else if (kind == RecoveredPages.EXPECTED_TOMBSTONE) {
        mark(log, RecordLayout.KIND_TOMBSTONE, key, epoch);
      }
    });
  }

  private void mark(LogWriter log, byte kind, PageKey key, long epoch) {
    if (!log.fits(RecordLayout.BORN_BYTES)) {
      check(log.commit(false), "what was found");
      if (!log.fits(RecordLayout.BORN_BYTES)) {
        check(log.roll(true), "a new segment");
      }
    }
    log.appendMark(kind, key, epoch);
  }

  private void check(boolean done, String what) {
    if (!done) {
      throw Reservation.refuse(file.path(), "cannot be recovered: no writing of " + what, null);
    }
  }

  private void reach(int index, ArrayDeque<FoundSegment> toReach) {
    FoundSegment found = byIndex[index];
    if (found != null && !found.reached) {
      found.reached = true;
      toReach.add(found);
    }
  }
}
