package dev.tmem.dispatch;

import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * The page spaces whose pages may go down, in a certain order. Immutable.
 *
 * @param kind why it is these
 */
record Scope(Kind kind, Set<PageSpace> spaces) {

  /** In the order in which they are asked. */
  enum Kind {
    /** Above their own cap. */
    OVER_CAP,
    /** Above what they are guaranteed. */
    OVER_GUARANTEE,
    /** No space is above its guarantee: guarantees cannot be kept. */
    ALL
  }

  Scope {
    spaces = Collections.unmodifiableSet(new LinkedHashSet<>(spaces));
  }
}
