package dev.tmem.dispatch;

import dev.tmem.backend.PageKey;
import dev.tmem.backend.PageRef;
import java.util.ArrayList;
import java.util.List;

/**
 * Copies that no slot names any more: gathered under a stripe's lock, freed after it is released.
 * Copies in RAM are freed at once. Confined to one call.
 */
final class Freed {

  private final Backends backends;
  private final List<List<PageRef>> byOrdinal = new ArrayList<>();

  Freed(Backends backends) {
    this.backends = backends;
  }

  void add(PageKey key, long epoch, Copy copy) {
    RegisteredBackend backend = backends.get(copy.ordinal());
    if (backend.ram() != null) {
      backend.ram().free(copy.handle());
      return;
    }
    while (byOrdinal.size() <= copy.ordinal()) {
      byOrdinal.add(new ArrayList<>());
    }
    byOrdinal.get(copy.ordinal()).add(new PageRef(key, epoch, copy.handle()));
  }

  void addAll(PageKey key, long epoch, List<Copy> copies) {
    for (Copy copy : copies) {
      add(key, epoch, copy);
    }
  }

  /** Hands the copies to their backends. To be called with no lock held. */
  void release() {
    for (int ordinal = 0; ordinal < byOrdinal.size(); ordinal++) {
      List<PageRef> refs = byOrdinal.get(ordinal);
      if (!refs.isEmpty()) {
        backends.get(ordinal).free(List.copyOf(refs));
        refs.clear();
      }
    }
  }
}
