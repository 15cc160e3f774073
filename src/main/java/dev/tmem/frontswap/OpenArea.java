package dev.tmem.frontswap;

import dev.tmem.SwapArea;
import dev.tmem.SwapAreaOptions;
import dev.tmem.dispatch.PageSpace;
import java.util.concurrent.atomic.AtomicInteger;

/** A swap area that is open, shared by all its handles. Thread-safe. */
public final class OpenArea {

  private final SwapAreas owner;
  private final SwapAreaOptions options;
  private final PageSpace space;
  private final AtomicInteger handles = new AtomicInteger();

  OpenArea(SwapAreas owner, SwapAreaOptions options, PageSpace space) {
    this.owner = owner;
    this.options = options;
    this.space = space;
  }

  public String name() {
    return space.config().name();
  }

  /** Never used twice in an incarnation. */
  public int number() {
    return space.number();
  }

  public SwapAreaOptions options() {
    return new SwapAreaOptions(options).setWritethrough(space.isWritethrough());
  }

  /** Handles that are not closed. */
  public int handles() {
    return handles.get();
  }

  public PageSpace space() {
    return space;
  }

  SwapAreas owner() {
    return owner;
  }

  /** Whether a caller who names these options means this area. */
  boolean agrees(SwapAreaOptions wanted) {
    // Writethrough can be switched on a live area, so it does not tell areas apart.
    return new SwapAreaOptions(wanted)
        .setWritethrough(false)
        .equals(new SwapAreaOptions(options).setWritethrough(false));
  }

  /** A new handle. */
  public SwapArea attach() {
    handles.incrementAndGet();
    return new LocalSwapArea(this);
  }

  /** A handle that does not count as holding the area open; it is not to be closed. */
  public SwapArea peek() {
    return new LocalSwapArea(this);
  }

  void detached() {
    handles.decrementAndGet();
  }
}
