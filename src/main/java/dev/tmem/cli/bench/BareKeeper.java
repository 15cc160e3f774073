package dev.tmem.cli.bench;

import java.nio.ByteBuffer;

/**
 * The codec alone: a store compresses and keeps nothing, a load decompresses what was compressed
 * before. Confined to one thread; several may share the packed pages.
 */
final class BareKeeper implements PageKeeper {

  private final BareCodec codec = new BareCodec();
  private final PackedPages packed;

  /**
   * @param packed the caller's, who closes it; further numbers begin again at its first page, as
   *     the corpus does
   */
  BareKeeper(PackedPages packed) {
    this.packed = packed;
  }

  @Override
  public void store(long number, ByteBuffer pages, int at) {
    if (codec.compress(pages, at) <= 0) {
      throw new IllegalStateException("page " + number + " does not compress");
    }
  }

  @Override
  public int load(long number, ByteBuffer into, int at) {
    int page = (int) (number % packed.pages());
    return codec.decompress(packed.chunk(page), packed.at(page), packed.length(page), into, at);
  }

  @Override
  public void close() {
    // what it reads belongs to the one who made it
  }
}
