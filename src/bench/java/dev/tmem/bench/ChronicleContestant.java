package dev.tmem.bench;

import dev.tmem.cli.bench.BareCodec;
import dev.tmem.cli.bench.Contestant;
import dev.tmem.cli.bench.PageKeeper;
import java.nio.ByteBuffer;
import net.openhft.chronicle.map.ChronicleMap;
import net.openhft.chronicle.map.ChronicleMapBuilder;

/** Chronicle Map, off-heap, not persisted, told how many pages of what size there will be. */
public final class ChronicleContestant implements Contestant {

  @Override
  public String name() {
    return "chronicle";
  }

  @Override
  public PageKeeper open(long pages, int meanBytes) {
    return new Keeper(
        ChronicleMapBuilder.of(Long.class, byte[].class)
            .name("pages")
            .entries(pages)
            .averageValueSize(meanBytes)
            .putReturnsNull(true)
            .create());
  }

  /** Confined to one thread. */
  private static final class Keeper implements PageKeeper {

    private final BareCodec codec = new BareCodec();
    private final ChronicleMap<Long, byte[]> map;

    Keeper(ChronicleMap<Long, byte[]> map) {
      this.map = map;
    }

    @Override
    public void store(long number, ByteBuffer pages, int at) {
      byte[] page = new byte[codec.compress(pages, at)];
      codec.packed().get(0, page);
      map.put(number, page);
    }

    @Override
    public int load(long number, ByteBuffer into, int at) {
      byte[] page = map.get(number);
      return page == null ? -1 : codec.decompress(ByteBuffer.wrap(page), 0, page.length, into, at);
    }

    @Override
    public void close() {
      map.close();
    }
  }
}
