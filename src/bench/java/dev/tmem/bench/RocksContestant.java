package dev.tmem.bench;

import dev.tmem.cli.bench.DiskContestant;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.rocksdb.CompressionType;
import org.rocksdb.FlushOptions;
import org.rocksdb.Options;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteOptions;

/**
 * RocksDB with LZ4: without a log, so that what was written is on stable storage when it was
 * flushed; or with its log, which is synced before a store returns, once for all that wait.
 */
public final class RocksContestant implements DiskContestant {

  @Override
  public String name() {
    return "rocksdb";
  }

  @Override
  public DiskKeeper open(Path folder) {
    RocksDB.loadLibrary();
    Options options =
        new Options().setCreateIfMissing(true).setCompressionType(CompressionType.LZ4_COMPRESSION);
    try {
      return new Keeper(options, RocksDB.open(options, folder.toString()));
    } catch (RocksDBException e) {
      options.close();
      throw new IllegalStateException("RocksDB does not open", e);
    }
  }

  @Override
  public DurableKeeper openDurable(Path folder) {
    RocksDB.loadLibrary();
    Options options =
        new Options().setCreateIfMissing(true).setCompressionType(CompressionType.LZ4_COMPRESSION);
    try {
      return new SyncedKeeper(options, RocksDB.open(options, folder.toString()));
    } catch (RocksDBException e) {
      options.close();
      throw new IllegalStateException("RocksDB does not open", e);
    }
  }

  /** Thread-safe: RocksDB makes groups of the writers that meet. */
  private record SyncedKeeper(Options options, RocksDB db, WriteOptions writing)
      implements DurableKeeper {

    SyncedKeeper(Options options, RocksDB db) {
      this(options, db, new WriteOptions().setSync(true));
    }

    @Override
    public void store(long number, ByteBuffer pages, int at) {
      ByteBuffer key = ByteBuffer.allocateDirect(Long.BYTES).putLong(0, number);
      try {
        db.put(writing, key, pages.duplicate().position(at).limit(at + Keeper.PAGE_BYTES));
      } catch (RocksDBException e) {
        throw new IllegalStateException("RocksDB does not store page " + number, e);
      }
    }

    @Override
    public void close() {
      db.close();
      writing.close();
      options.close();
    }
  }

  /** Confined to one thread. */
  private static final class Keeper implements DiskKeeper {

    private static final int PAGE_BYTES = 4096;

    private final Options options;
    private final RocksDB db;
    private final WriteOptions writing = new WriteOptions().setDisableWAL(true);
    private final ReadOptions reading = new ReadOptions();
    private final ByteBuffer key = ByteBuffer.allocateDirect(Long.BYTES);

    Keeper(Options options, RocksDB db) {
      this.options = options;
      this.db = db;
    }

    private ByteBuffer key(long number) {
      key.clear();
      key.putLong(0, number);
      return key;
    }

    @Override
    public void store(long number, ByteBuffer pages, int at) {
      try {
        db.put(writing, key(number), pages.clear().position(at).limit(at + PAGE_BYTES));
      } catch (RocksDBException e) {
        throw new IllegalStateException("RocksDB does not store page " + number, e);
      }
    }

    @Override
    public int load(long number, ByteBuffer into, int at) {
      try {
        return db.get(reading, key(number), into.clear().position(at).limit(at + PAGE_BYTES));
      } catch (RocksDBException e) {
        throw new IllegalStateException("RocksDB does not load page " + number, e);
      }
    }

    @Override
    public void flush() {
      try (FlushOptions wait = new FlushOptions().setWaitForFlush(true)) {
        db.flush(wait);
      } catch (RocksDBException e) {
        throw new IllegalStateException("RocksDB does not flush", e);
      }
    }

    @Override
    public void close() {
      db.close();
      writing.close();
      reading.close();
      options.close();
    }
  }
}
