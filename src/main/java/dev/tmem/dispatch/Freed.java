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

  /** The copies of one backend; not its ordinal, which may be another's when they are freed. */
  private record Part(RegisteredBackend backend, List<PageRef> refs) {}

  private final Backends backends;
  private final List<Part> parts = new ArrayList<>(2);

  Freed(Backends backends) {
    this.backends = backends;
  }

  void add(PageKey key, long epoch, Copy copy) {
    RegisteredBackend backend = backends.get(copy.ordinal());
    if (backend.ram() != null) {
      backend.freeInRam(copy.handle());
      return;
    }
    part(backend).refs().add(new PageRef(key, epoch, copy.handle()));
  }

  private Part part(RegisteredBackend backend) {
    for (Part part : parts) {
      if (part.backend() == backend) {
        return part;
      }
    }
    Part part = new Part(backend, new ArrayList<>());
    parts.add(part);
    return part;
  }

  void addAll(PageKey key, long epoch, List<Copy> copies) {
    for (Copy copy : copies) {
      add(key, epoch, copy);
    }
  }

  /** Hands the copies to their backends. To be called with no lock held. */
  void release() {
    parts.forEach(part -> part.backend().free(List.copyOf(part.refs())));
    parts.clear();
  }
}
