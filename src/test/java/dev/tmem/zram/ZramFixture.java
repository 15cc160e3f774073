package dev.tmem.zram;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.tmem.memory.MemoryAccount;
import dev.tmem.memory.RegionPool;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.Random;

/** A zram with its own pool and account, and objects whose every byte can be told from its tag. */
final class ZramFixture implements AutoCloseable {
  final MemoryAccount account;
  final RegionPool pool;
  final ZramBackend zram;

  ZramFixture(long limitBytes) {
    this(limitBytes, false);
  }

  /**
   * @param debug whether every object is sealed
   */
  ZramFixture(long limitBytes, boolean debug) {
    account = new MemoryAccount(limitBytes);
    pool = new RegionPool(account);
    zram = new ZramBackend(pool, account, debug);
  }

  /** A limit under which exactly that many spans of page data fit. */
  static long limitForSpans(int spans) {
    long wanted = (long) spans * RegionPool.SPAN_BYTES;
    long limit = wanted;
    while (new MemoryAccount(limit).dataLimit() < wanted) {
      limit++;
    }
    return limit;
  }

  static byte[] content(long tag, int length) {
    byte[] bytes = new byte[length];
    new Random(tag).nextBytes(bytes);
    return bytes;
  }

  long put(long tag, int length) {
    return zram.put(ByteBuffer.wrap(content(tag, length)), 0, length);
  }

  long rewrite(long handle, long tag, int length) {
    MemorySegment source = Arena.ofAuto().allocate(length);
    source.copyFrom(MemorySegment.ofArray(content(tag, length)));
    return zram.rewrite(handle, source, length);
  }

  byte[] read(long handle) {
    byte[] bytes = new byte[zram.length(handle)];
    zram.buffer(handle).get(zram.position(handle), bytes);
    return bytes;
  }

  long counter(String name) {
    Long value = zram.counters().get(name);
    return value == null ? -1 : value;
  }

  /** Places taken, places free and the rest make up the spans, which make up the account. */
  void audit(long objects, long payload) {
    zram.checkInvariants();
    long seen = 0;
    long used = 0;
    long bytes = 0;
    for (SizeClassStats stats : zram.classStats()) {
      SpanLayout layout = SpanLayout.of(stats.objectBytes());
      seen += stats.objects();
      used += stats.usedBytes();
      bytes +=
          stats.usedBytes()
              + stats.freePlaces() * stats.objectBytes()
              + stats.spans() * layout.unusedBytes();
    }
    assertEquals(objects, seen);
    assertEquals(used, zram.usage().usedBytes());
    assertEquals(payload, counter("compr_data_size"));
    assertEquals(bytes, counter("mem_used_total"));
    assertEquals(bytes, account.used());
  }

  @Override
  public void close() {
    zram.close();
    assertEquals(0, account.used());
    assertEquals(0, zram.usage().usedBytes());
    assertEquals(0, counter("mem_used_total"));
    pool.close();
  }
}
