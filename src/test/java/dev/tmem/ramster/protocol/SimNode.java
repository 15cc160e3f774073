package dev.tmem.ramster.protocol;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.fail;

import dev.tmem.backend.Backend;
import dev.tmem.backend.BackendHost;
import dev.tmem.backend.Codec;
import dev.tmem.backend.Fetched;
import dev.tmem.backend.PageKey;
import dev.tmem.backend.PageRef;
import dev.tmem.backend.Zpage;
import dev.tmem.memory.BlockPool;
import dev.tmem.memory.MemoryAccount;
import dev.tmem.memory.RegionPool;
import dev.tmem.zram.ZramBackend;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.UUID;
import java.util.function.LongPredicate;

/**
 * One node with a plain map for a dispatcher: it knows what every page must hold, and that it holds
 * nothing else. Half of the pages have another copy elsewhere, so they may be struck.
 */
final class SimNode implements BackendHost, AutoCloseable {

  /** A page, as its owner knows it. */
  static final class Page {
    final long epoch;
    final byte[] bytes;
    long handle = Backend.REFUSED;
    boolean putUnderWay = true;

    Page(long epoch, byte[] bytes) {
      this.epoch = epoch;
      this.bytes = bytes;
    }
  }

  final String name;
  final PeerNode peerNode;
  final Outbox out;
  final Counts counts = new Counts();
  final ForeignStore store;
  final Map<PageKey, Page> pages = new HashMap<>();
  long lost;
  long found;
  long unavailable;
  private final SimCluster cluster;
  private final Random random;
  private final RegionPool regions;
  private long epochs;

  SimNode(SimCluster cluster, String name, int started, long lendLimit) {
    this.cluster = cluster;
    this.name = name;
    this.random = new Random(cluster.random.nextLong());
    this.out = cluster.outbox(name);
    MemoryAccount account = new MemoryAccount(16L << 20);
    this.regions = new RegionPool(account);
    this.store =
        new ForeignStore(new ZramBackend(regions, account), new BlockPool(regions), lendLimit);
    HostCalls host = new HostCalls(Runnable::run);
    host.attach(this);
    this.peerNode =
        new PeerNode(
            new Self(name, new UUID(random.nextLong(), random.nextLong()), started, name, name),
            cluster.timing,
            store,
            host,
            space -> false,
            random,
            counts,
            cluster.now);
  }

  /** Stores new content for some pages in a row; what was there is freed. */
  void store(int offset, int count) {
    List<Zpage> zpages = new ArrayList<>();
    List<Page> stored = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      invalidate(offset + i);
      byte[] bytes = new byte[100 + random.nextInt(2_000)];
      random.nextBytes(bytes);
      Page page = new Page(++epochs, bytes);
      PageKey key = new PageKey(1, offset + i);
      pages.put(key, page);
      stored.add(page);
      zpages.add(Zpage.of(key, page.epoch, Codec.LZ4, 4096, bytes.clone()));
    }
    peerNode.put(
        zpages,
        null,
        handles -> {
          for (int i = 0; i < count; i++) {
            stored(zpages.get(i).key(), stored.get(i), handles[i]);
          }
        },
        cluster.now,
        out);
  }

  private void stored(PageKey key, Page page, long handle) {
    page.putUnderWay = false;
    if (handle == Backend.REFUSED) {
      pages.remove(key, page);
    } else if (pages.get(key) == page) {
      page.handle = handle;
    } else {
      peerNode.free(List.of(new PageRef(key, page.epoch, handle)), cluster.now, out);
    }
  }

  void invalidate(int offset) {
    PageKey key = new PageKey(1, offset);
    Page old = pages.remove(key);
    if (old != null && old.handle != Backend.REFUSED) {
      peerNode.free(List.of(new PageRef(key, old.epoch, old.handle)), cluster.now, out);
    }
  }

  void load(int offset) {
    PageKey key = new PageKey(1, offset);
    Page page = pages.get(key);
    if (page == null || page.handle == Backend.REFUSED) {
      return;
    }
    PageRef ref = new PageRef(key, page.epoch, page.handle);
    peerNode.get(List.of(ref), answers -> loaded(key, page, answers.getFirst()), cluster.now, out);
  }

  private void loaded(PageKey key, Page page, Fetched answer) {
    switch (answer) {
      case Fetched.Found hit -> {
        found++;
        assertArrayEquals(page.bytes, hit.zpage().bytes(), key + " came back wrong");
      }
      case Fetched.Unavailable later -> unavailable++;
      case Fetched.Corrupt bad -> fail(key + " " + bad.reason());
      case Fetched.Gone gone -> {
        if (pages.get(key) == page) {
          fail(key + " of " + name + " was lost: " + gone.reason());
        }
      }
    }
  }

  @Override
  public boolean rehandle(PageKey key, long epoch, long oldHandle, long newHandle) {
    throw new UnsupportedOperationException("nobody moves");
  }

  @Override
  public Future<Long> copiesGone(LongPredicate handles, String reason) {
    long before = lost;
    for (PageKey key : named(handles)) {
      pages.remove(key);
      lost++;
    }
    return Future.succeededFuture(lost - before);
  }

  @Override
  public Future<Long> copiesDoubtful(LongPredicate handles, String reason) {
    List<PageRef> struck = new ArrayList<>();
    for (PageKey key : named(handles)) {
      if (key.offset() % 2 == 0) {
        Page page = Objects.requireNonNull(pages.remove(key));
        struck.add(new PageRef(key, page.epoch, page.handle));
      }
    }
    peerNode.free(struck, cluster.now, out);
    return Future.succeededFuture((long) named(handles).size());
  }

  @Override
  public Future<Long> evacuate(LongPredicate handles) {
    for (PageKey key : named(handles)) {
      invalidate((int) key.offset());
    }
    return Future.succeededFuture(0L);
  }

  /** Those with another copy elsewhere can go. */
  @Override
  public Future<List<Boolean>> moveAway(List<PageRef> copies) {
    List<Boolean> moved = new ArrayList<>();
    for (PageRef copy : copies) {
      Page page = pages.get(copy.key());
      boolean isNamed = page != null && page.epoch == copy.epoch() && page.handle == copy.handle();
      if (isNamed && copy.key().offset() % 2 == 0) {
        invalidate((int) copy.key().offset());
        isNamed = false;
      }
      moved.add(!isNamed && !names(copy));
    }
    return Future.succeededFuture(moved);
  }

  @Override
  public boolean names(PageRef copy) {
    Page page = pages.get(copy.key());
    return page != null
        && page.epoch == copy.epoch()
        && (page.putUnderWay || page.handle == copy.handle());
  }

  private List<PageKey> named(LongPredicate handles) {
    return pages.entrySet().stream()
        .filter(entry ->
            entry.getValue().handle != Backend.REFUSED && handles.test(entry.getValue().handle))
        .map(Map.Entry::getKey)
        .toList();
  }

  /** How this node sees a peer that is not dead. */
  PeerView peer(String peerName) {
    return peerNode.peers().stream()
        .filter(view -> view.name().equals(peerName) && !view.state().equals("dead"))
        .findFirst()
        .orElseThrow();
  }

  /** Ends without a word; its memory goes with the cluster's. */
  void kill() {
    cluster.killed.add(regions);
  }

  @Override
  public void close() {
    regions.close();
  }
}
