package dev.tmem.dispatch;

import dev.tmem.Incompressible;
import dev.tmem.TmemOptions;
import dev.tmem.codec.PageCodec;

/**
 * Which zpages are worth keeping compressed, and where the others go. Thread-safe: two settings
 * that are read without a lock; a store that runs while one changes goes by either.
 */
final class ZpagePolicy {

  /** ramzswap's rule: with a lower backend there is a better place for what hardly shrinks. */
  private static final int RAMZSWAP_WITH_LOWER = 50;

  private static final int RAMZSWAP_WITHOUT_LOWER = 75;

  private final PageCodec codec;
  private final Backends backends;
  private volatile boolean ramzswap;
  private volatile boolean forward;

  ZpagePolicy(PageCodec codec, Backends backends) {
    this.codec = codec;
    this.backends = backends;
  }

  /**
   * @param maxZpage percent of a page, or {@link TmemOptions#RAMZSWAP_MAX_ZPAGE}
   */
  void set(int maxZpage, Incompressible incompressible) {
    ramzswap = maxZpage == TmemOptions.RAMZSWAP_MAX_ZPAGE;
    forward = incompressible == Incompressible.FORWARD;
    if (ramzswap) {
      chainChanged();
    } else {
      codec.setMaxStoredPercent(maxZpage);
    }
  }

  /** A backend has come or gone. */
  void chainChanged() {
    if (ramzswap) {
      boolean lower = backends.lowest() != null;
      codec.setMaxStoredPercent(lower ? RAMZSWAP_WITH_LOWER : RAMZSWAP_WITHOUT_LOWER);
    }
  }

  /**
   * Whether a raw page is to go past RAM: it would take more of a page than a zpage may, and there
   * is a lower backend that may be asked. A short page that takes no more is kept.
   */
  boolean forwards(PageSpace space, int rawBytes) {
    return forward
        && rawBytes * 100L > (long) space.config().pageSize() * codec.maxStoredPercent()
        && hasLower(space);
  }

  private boolean hasLower(PageSpace space) {
    for (RegisteredBackend backend : space.chain().inOrder()) {
      if (backend.ram() == null && space.mayPut(backend)) {
        return true;
      }
    }
    return false;
  }
}
