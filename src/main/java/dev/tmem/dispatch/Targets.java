package dev.tmem.dispatch;

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

  /** Every backend but one. */
  static Targets except(RegisteredBackend one) {
    return space -> {
      List<RegisteredBackend> others = new ArrayList<>(all().of(space));
      others.remove(one);
      return others;
    };
  }

  /** The backends below one. */
  static Targets below(RegisteredBackend source) {
    return space -> space.chain().below(source);
  }
}
