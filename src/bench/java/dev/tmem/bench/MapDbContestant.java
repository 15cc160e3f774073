package dev.tmem.bench;

import dev.tmem.cli.bench.BareCodec;
import dev.tmem.cli.bench.Contestant;
import dev.tmem.cli.bench.PageKeeper;
import java.nio.ByteBuffer;
import org.mapdb.DB;
import org.mapdb.DBMaker;
import org.mapdb.HTreeMap;
import org.mapdb.Serializer;

/** MapDB's hash map in direct memory, without transactions. */
public final class MapDbContestant implements Contestant {

  @Override
  public String name() {
    return "mapdb";
  }

  @Override
  public PageKeeper open(long pages, int meanBytes) {
    return new Keeper(DBMaker.memoryDirectDB().make());
  }

  /** Confined to one thread. */
  private static final class Keeper implements PageKeeper {

    private final BareCodec codec = new BareCodec();
    private final DB db;
    private final HTreeMap<Long, byte[]> map;

    Keeper(DB db) {
      this.db = db;
      this.map = db.hashMap("pages", Serializer.LONG, Serializer.BYTE_ARRAY).create();
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
      db.close();
    }
  }
}
