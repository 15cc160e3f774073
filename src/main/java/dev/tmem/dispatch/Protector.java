package dev.tmem.dispatch;

import dev.tmem.Protection;
import java.util.Comparator;
import java.util.List;

/** Says which copies are enough, by what they would be lost with. Immutable. */
final class Protector {

  private final Backends backends;

  Protector(Backends backends) {
    this.backends = backends;
  }

  /**
   * Whether these copies keep a page through the loss of any one other node. A page of which no
   * copy lies with a peer is safe: it dies only with its owner. A copy in a backend that was frozen
   * for its faults counts for nothing; one in a backend that was frozen by command does.
   */
  boolean isSafe(PageSpace space, List<Copy> copies) {
    if (copies.isEmpty()) {
      return false;
    }
    Protection protection = space.config().protection();
    if (!space.config().persistent() || protection == Protection.NONE) {
      return true;
    }
    int peers = 0;
    int sound = 0;
    boolean inRam = false;
    boolean onDisk = false;
    for (Copy copy : copies) {
      RegisteredBackend backend = backends.get(copy.ordinal());
      if (!backend.isSound()) {
        continue;
      }
      sound++;
      if (backend.diesWithPeer()) {
        peers++;
      } else if (backend.ram() != null) {
        inRam = true;
      } else {
        onDisk = true;
      }
    }
    if (sound == 0) {
      return false;
    }
    if (peers == 0 || inRam) {
      return true;
    }
    return switch (protection) {
      case NONE -> true;
      case ANY -> onDisk || peers > 1;
      case DISK -> onDisk;
      case REPLICA -> peers > 1;
    };
  }

  /** The copies in backends that are not frozen for their faults. */
  List<Copy> sound(List<Copy> copies) {
    return copies.stream().filter(copy -> backends.get(copy.ordinal()).isSound()).toList();
  }

  /** Whether any of them lies in a backend that is not frozen for its faults. */
  boolean hasSound(List<Copy> copies) {
    for (Copy copy : copies) {
      if (backends.get(copy.ordinal()).isSound()) {
        return true;
      }
    }
    return false;
  }

  /** Puts the copy that is quickest to reach first; it becomes the primary one. */
  void sort(PageSpace space, List<Copy> copies) {
    if (copies.size() > 1) {
      copies.sort(Comparator.comparingInt(copy -> space.chain().rank(copy.ordinal())));
    }
  }
}
