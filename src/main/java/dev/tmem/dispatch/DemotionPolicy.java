package dev.tmem.dispatch;

import java.util.List;

/**
 * Says which pages in RAM are cold. It decides, and does nothing to a page but what it needs for
 * its own knowledge (reference counts); {@link Victims} takes the pages out.
 *
 * <p>Thread-safe.
 */
interface DemotionPolicy {

  /**
   * Finds cold pages, which may have changed by the time they are used.
   *
   * @param source the RAM backend to be relieved
   * @param max pages at the most
   * @return the coldest first, as far as the policy knows; none: nothing can go
   */
  List<Cold> coldest(RegisteredBackend source, Scope scope, int max);
}
