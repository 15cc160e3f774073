package dev.tmem.swapfile;

import dev.tmem.backend.BackendHost;
import dev.tmem.backend.PageKey;
import dev.tmem.backend.PageRef;
import dev.tmem.backend.Zpage;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongPredicate;
import org.jspecify.annotations.Nullable;

/**
 * A dispatcher as simple as can be: one lock, one map from page to what was put and its handle.
 * Thread-safe: its own lock.
 */
final class HostTwin implements BackendHost {

  /** What stands in a slot. */
  record Slot(Zpage page, long handle) {
    PageRef ref() {
      return Rig.ref(page, handle);
    }
  }

  private final Map<PageKey, Slot> slots = new HashMap<>();

  @Override
  public synchronized boolean rehandle(PageKey key, long epoch, long oldHandle, long newHandle) {
    Slot slot = slots.get(key);
    if (slot == null || slot.page.epoch() != epoch || slot.handle != oldHandle) {
      return false;
    }
    slots.put(key, new Slot(slot.page, newHandle));
    return true;
  }

  /**
   * @return what stood there before, now the caller's to free
   */
  synchronized @Nullable Slot install(Zpage page, long handle) {
    return slots.put(page.key(), new Slot(page, handle));
  }

  /**
   * @return what stood there, now the caller's to free
   */
  synchronized @Nullable Slot remove(PageKey key) {
    return slots.remove(key);
  }

  /**
   * Takes the page out only if this is the copy it stands for.
   *
   * @return whether it was: then the copy is the caller's to free
   */
  synchronized boolean remove(PageRef copy) {
    return names(copy) && slots.remove(copy.key()) != null;
  }

  synchronized @Nullable Slot slot(PageKey key) {
    return slots.get(key);
  }

  synchronized List<Slot> slots() {
    return new ArrayList<>(slots.values());
  }

  synchronized int size() {
    return slots.size();
  }

  synchronized long recordBytes() {
    return slots.values().stream()
        .mapToLong(slot -> RecordLayout.recordBytes(slot.page.length()))
        .sum();
  }

  @Override
  public synchronized boolean names(PageRef copy) {
    Slot slot = slots.get(copy.key());
    return slot != null && slot.page.epoch() == copy.epoch() && slot.handle == copy.handle();
  }

  @Override
  public Future<Long> copiesGone(LongPredicate handles, String reason) {
    throw new AssertionError("a swap file loses nothing by itself");
  }

  @Override
  public Future<Long> copiesDoubtful(LongPredicate handles, String reason) {
    throw new AssertionError("a swap file doubts nothing by itself");
  }

  @Override
  public Future<Long> evacuate(LongPredicate handles) {
    throw new AssertionError("nothing is evacuated here");
  }
}
