package dev.tmem.dispatch;

import dev.tmem.backend.BackendUsage;
import java.util.ArrayList;
import java.util.List;

/** Where pages of a space may go, in the order in which the backends are tried. */
@FunctionalInterface
interface Targets {

  List<RegisteredBackend> of(PageSpace space);

  /** Every backend. */
  static Targets all() {
    return space -> List.of(space.chain().inOrder());
  }

  /** Every backend, but none in RAM that is so full that others would have to go down for it. */
  static Targets withRoom() {
    return space -> {
      List<RegisteredBackend> roomy = new ArrayList<>();
      for (RegisteredBackend backend : space.chain().inOrder()) {
        if (backend.ram() == null || (isBelowMark(backend) && !space.quota().isFull())) {
          roomy.add(backend);
        }
      }
      return roomy;
    };
  }

  private static boolean isBelowMark(RegisteredBackend ram) {
    BackendUsage usage = ram.usage();
    return usage.usedBytes() <= Watermarks.of(usage.limitBytes()).high();
  }

  /** Every backend but one. */
  static Targets except(RegisteredBackend one) {
    return space -> {
      List<RegisteredBackend> others = new ArrayList<>(all().of(space));
      others.remove(one);
      return others;
    };
  }

  /** The local disks, and whatever else waits and dies with the node alone. */
  static Targets disks() {
    return space -> {
      List<RegisteredBackend> disks = new ArrayList<>(all().of(space));
      disks.removeIf(backend -> backend.ram() != null || backend.diesWithPeer());
      return disks;
    };
  }

  /** The backends below one. */
  static Targets below(RegisteredBackend source) {
    return space -> space.chain().below(source);
  }
}
