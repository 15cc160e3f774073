package dev.tmem.cli.bench;

import java.nio.ByteBuffer;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/** What a program without any library would do: compressed pages as arrays in a map. */
public final class HashMapContestant implements Contestant {

  @Override
  public String name() {
    return "hashmap";
  }

  @Override
  public PageKeeper open(long pages, int meanBytes) {
    return new Keeper();
  }

  /** Confined to one thread. */
  private static final class Keeper implements PageKeeper {

    private final BareCodec codec = new BareCodec();
    private final ConcurrentMap<Long, byte[]> map = new ConcurrentHashMap<>();

    @Override
    public void store(long number, ByteBuffer pages, int at) {
      int length = codec.compress(pages, at);
      byte[] page = new byte[length];
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
      map.clear();
    }
  }
}
