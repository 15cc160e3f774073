package dev.tmem.cli.bench;

import dev.tmem.backend.Backend;
import dev.tmem.backend.Codec;
import dev.tmem.codec.CodecScratch;
import dev.tmem.codec.PageCodec;
import dev.tmem.memory.BlockPool;
import dev.tmem.memory.MemoryAccount;
import dev.tmem.memory.RegionPool;
import dev.tmem.memory.SlotTable;
import dev.tmem.zram.ZramBackend;
import java.nio.ByteBuffer;

/**
 * The pool in RAM with a page table before it, and no dispatcher: no locks, no epochs, nobody who
 * counts. A slot's word is the number of the codec; a same-filled page lies in its slot. Confined
 * to one thread.
 */
final class ZramKeeper implements PageKeeper {

  private static final long LIMIT_BYTES = 1L << 40;

  private final MemoryAccount account = new MemoryAccount(LIMIT_BYTES);
  private final RegionPool regions = new RegionPool(account);
  private final ZramBackend zram = new ZramBackend(regions, account);
  private final SlotTable slots = new SlotTable(new BlockPool(regions));
  private final PageCodec codec = new PageCodec(PageCodec.DEFAULT_MAX_STORED_PERCENT);

  @Override
  public void store(long number, ByteBuffer pages, int at) {
    try (CodecScratch scratch = codec.acquire()) {
      scratch.compress(pages.limit(at + Corpus.PAGE_BYTES).position(at));
      boolean inSlot = scratch.codec() == Codec.SAME;
      long handle = inSlot ? scratch.sameWord() : zram.put(scratch.bytes(), 0, scratch.length());
      long ref = slots.find(number);
      if (ref < 0) {
        ref = slots.insert(number);
      } else if (slots.word(ref) != Codec.SAME.number()) {
        zram.free(slots.handle(ref));
      }
      if (ref < 0 || (!inSlot && handle == Backend.REFUSED)) {
        throw new IllegalStateException("page " + number + " was refused by the pool");
      }
      slots.setWord(ref, scratch.codec().number());
      slots.setHandle(ref, handle);
    }
  }

  @Override
  public int load(long number, ByteBuffer into, int at) {
    long ref = slots.find(number);
    if (ref < 0) {
      return -1;
    }
    Codec of = Codec.of((int) slots.word(ref));
    long handle = slots.handle(ref);
    if (of == Codec.SAME) {
      PageCodec.fill(handle, into, at, Corpus.PAGE_BYTES);
      return Corpus.PAGE_BYTES;
    }
    return codec.decompress(
        of,
        zram.buffer(handle),
        zram.position(handle),
        zram.length(handle),
        into,
        at,
        Corpus.PAGE_BYTES);
  }

  @Override
  public void close() {
    slots.close();
    zram.close().await();
    regions.close();
  }
}
