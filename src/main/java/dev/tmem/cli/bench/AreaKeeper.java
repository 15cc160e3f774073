package dev.tmem.cli.bench;

import dev.tmem.SwapArea;
import java.nio.ByteBuffer;

/** Ours: an area of a real node. Confined to one thread; several may share the area. */
final class AreaKeeper implements PageKeeper {

  private final SwapArea area;

  AreaKeeper(SwapArea area) {
    this.area = area;
  }

  @Override
  public void store(long number, ByteBuffer pages, int at) {
    if (!area.storeNow(number, pages.limit(at + Corpus.PAGE_BYTES).position(at))) {
      throw new IllegalStateException("page " + number + " was refused by the pool");
    }
  }

  @Override
  public int load(long number, ByteBuffer into, int at) {
    return area.loadNow(number, into.limit(at + Corpus.PAGE_BYTES).position(at));
  }

  @Override
  public void close() {
    // the area belongs to the one who opened it
  }
}
