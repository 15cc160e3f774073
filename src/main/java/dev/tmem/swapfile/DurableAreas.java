package dev.tmem.swapfile;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.tmem.backend.DurableArea;
import dev.tmem.backend.PageKey;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The durable areas of a file in use, and its catalogue. Thread-safe: changes are made under this
 * object's monitor, which waits for the disk; looking takes no lock.
 *
 * <p>Invariant: an area that {@link #holds} stands in the catalogue on stable storage, but for the
 * moments in which it is opened or dropped; nobody puts pages of it then.
 */
final class DurableAreas {

  private final FileIo io;

  /** By number. Immutable. */
  private volatile Map<Integer, DurableArea> areas;

  /** Numbers of areas that were dropped in this life: their pages are still being freed. */
  private final Set<Integer> dropped = ConcurrentHashMap.newKeySet();

  /** Pages that are known to be lost, with the epoch of the version that was. */
  private final Map<PageKey, Long> lost = new ConcurrentHashMap<>();

  /** There were areas in this life: most files have none, and this is asked for each page. */
  private volatile boolean everAny;

  private volatile boolean retired;

  @GuardedBy("this")
  private Catalogue catalogue;

  DurableAreas(FileIo io, Catalogue catalogue) {
    this.io = io;
    this.catalogue = catalogue;
    this.areas = byNumber(catalogue);
    this.everAny = any();
  }

  private static Map<Integer, DurableArea> byNumber(Catalogue catalogue) {
    Map<Integer, DurableArea> map = new HashMap<>();
    catalogue.areas().forEach(area -> map.put(area.number(), area));
    return Map.copyOf(map);
  }

  /** Whether there are any. */
  boolean any() {
    return !areas.isEmpty();
  }

  boolean holds(int number) {
    return areas.containsKey(number);
  }

  /**
   * Whether it is, or was in this life, an area whose pages have room kept for their tombstones.
   */
  boolean wasHeld(int number) {
    return everAny && (holds(number) || dropped.contains(number));
  }

  /** Whether pages of the area are to be on stable storage before they are acknowledged. */
  boolean syncsAlways(int number) {
    DurableArea area = areas.get(number);
    return area != null && area.fsyncMillis() == 0;
  }

  /** How old what power loss takes away may be; {@link Long#MAX_VALUE}: it does not matter. */
  long fsyncMillis(int number) {
    DurableArea area = everAny ? areas.get(number) : null;
    return area == null ? Long.MAX_VALUE : area.fsyncMillis();
  }

  List<DurableArea> list() {
    List<DurableArea> list = new ArrayList<>(areas.values());
    list.sort(Comparator.comparingInt(DurableArea::number));
    return list;
  }

  synchronized int nextNumber() {
    return catalogue.nextNumber();
  }

  /** The node ends: what is freed from now on is kept. */
  void retire() {
    retired = true;
  }

  boolean isRetired() {
    return retired;
  }

  // ---- The catalogue

  /**
   * @param table says where what the area will have begins
   */
  synchronized void open(DurableArea area, SegmentTable table) throws IOException {
    DurableArea known = areas.get(area.number());
    if (known != null && !known.equals(area)) {
      throw new IOException("number " + area.number() + " is that of area " + known.name());
    }
    if (known != null) {
      return;
    }
    Map<Integer, DurableArea> before = areas;
    Map<Integer, DurableArea> after = new HashMap<>(before);
    after.put(area.number(), area);
    everAny = true;
    areas = Map.copyOf(after);
    long first = before.isEmpty() ? table.openGeneration() : catalogue.firstGeneration();
    try {
      write(catalogue.with(first, list()));
    } catch (IOException e) {
      areas = before;
      throw e;
    }
  }

  synchronized void drop(int number) throws IOException {
    if (holds(number)) {
      dropped.add(number);
      Map<Integer, DurableArea> after = new HashMap<>(areas);
      after.remove(number);
      areas = Map.copyOf(after);
      lost.keySet().removeIf(key -> key.space() == number);
      write(catalogue.with(catalogue.firstGeneration(), list()));
    }
  }

  /** Says whether every record is whole; true only when nothing is written any more. */
  synchronized void setClosed(boolean inGoodOrder) throws IOException {
    if (any() && catalogue.closed() != inGoodOrder) {
      write(catalogue.closed(inGoodOrder));
    }
  }

  @GuardedBy("this")
  private void write(Catalogue next) throws IOException {
    ByteBuffer encoded = next.encode();
    if (encoded == null) {
      throw new IOException("the catalogue has no room for another area");
    }
    // Counted up even if it fails: one copy may have it.
    catalogue = catalogue.withSerial(next.serial());
    Catalogue.write(io, encoded);
    catalogue = next;
  }

  // ---- Lost pages

  void lose(PageKey key, long epoch) {
    lost.put(key, epoch);
  }

  /** Whether that version is the newest of its page, and lost. */
  boolean isLost(PageKey key, long epoch) {
    Long known = lost.get(key);
    return known != null && known == epoch;
  }

  /** The page has a newer version, or is no more. */
  void found(PageKey key) {
    if (!lost.isEmpty()) {
      lost.remove(key);
    }
  }

  int lostPages() {
    return lost.size();
  }
}
