package dev.tmem.dispatch;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Copies in RAM that no slot names any more, gathered to be freed together: pages of one object
 * share spans, of which each is looked at once then. Confined to one removal.
 */
final class RamFrees {

  /** Freed when there are so many; of them as many share a span as of a whole object. */
  static final int MAX_HANDLES = 1024;

  private static final int FIRST_HANDLES = 64;

  private @Nullable RegisteredBackend backend;
  private long[] handles = {};
  private int count;

  /** The copy is nobody's any more. May be called under a stripe's lock. */
  void add(RegisteredBackend of, long handle) {
    if (count == MAX_HANDLES || (backend != null && backend.ordinal != of.ordinal)) {
      release();
    }
    if (count == handles.length) {
      handles = Arrays.copyOf(handles, Math.clamp(4L * count, FIRST_HANDLES, MAX_HANDLES));
    }
    backend = of;
    handles[count++] = handle;
  }

  /** Frees them. */
  void release() {
    RegisteredBackend of = backend;
    if (of != null) {
      of.inRam().freeAll(handles, count);
    }
    backend = null;
    count = 0;
  }
}
