package dev.tmem.cli.bench;

import com.hazelcast.cluster.Member;
import com.hazelcast.config.MapConfig;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.map.IMap;
import com.hazelcast.partition.Partition;
import com.hazelcast.partition.PartitionService;
import dev.tmem.ObjectKey;
import dev.tmem.SharedCleanCache;
import dev.tmem.node.ClusterLauncher;
import dev.tmem.node.RunningNode;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.VertxInternal;
import io.vertx.spi.cluster.hazelcast.HazelcastClusterManager;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Two nodes on the loopback: one in this process, at home with no page, and a {@link HomeMain} in
 * another, which is the home of all; and a socket to the bare home there. Of an {@code IMap} that
 * both processes share, only keys are used that belong to the other one. Closing it ends both and
 * deletes what they wrote. Confined to the main thread but for {@link #get} and {@link #imapGet},
 * which are thread-safe.
 */
final class SharedHome implements AutoCloseable {

  private static final String IMAP = "bench.pages";
  private static final long ANSWER_SECONDS = 300;
  private static final long LOOK_MILLIS = 2;
  private static final int IN_FLIGHT = 64;

  private final Path folder;
  private final PeerProcess home;
  private final RunningNode own;
  private final BareSocket bare;
  private final SharedCleanCache cache;
  private final HazelcastInstance hazelcast;
  private final IMap<Long, byte[]> imap;

  /** The key of each page, once they are chosen. */
  private long[] keys = {};

  private SharedHome(Path folder, PeerProcess home, RunningNode own, BareSocket bare) {
    this.folder = folder;
    this.home = home;
    this.own = own;
    this.bare = bare;
    this.cache = SharedMain.open(own);
    this.hazelcast =
        ((HazelcastClusterManager) ((VertxInternal) own.vertx()).clusterManager())
            .getHazelcastInstance();
    hazelcast.getConfig().addMapConfig(new MapConfig(IMAP).setBackupCount(0));
    this.imap = hazelcast.getMap(IMAP);
  }

  /**
   * Starts both.
   *
   * @param pages of the corpus; there is room for all
   * @param barePages that the bare home has
   * @param heap options of the other process about its heap
   */
  static SharedHome start(int pages, int barePages, long seed, List<String> heap)
      throws IOException, InterruptedException, TimeoutException {
    Path folder = Files.createTempDirectory("tmem-bench-");
    String cluster = "tmem-bench-" + ProcessHandle.current().pid();
    PeerProcess home =
        PeerProcess.start(
            HomeMain.class, heap, HomeMain.arguments(folder, cluster, pages, barePages, seed));
    RunningNode own = null;
    boolean started = false;
    try {
      int port = home.awaitReady();
      own = ClusterLauncher.node(HomeMain.options("own", folder, cluster, pages));
      SharedHome both = new SharedHome(folder, home, own, BareSocket.connect(own.vertx(), port));
      started = true;
      return both;
    } finally {
      if (!started) {
        home.close();
        if (own != null) {
          own.close();
        }
        TestedNode.remove(folder);
      }
    }
  }

  Vertx vertx() {
    return own.vertx();
  }

  BareSocket bare() {
    return bare;
  }

  // ---- The shared cache

  /** Puts pages of the corpus, each to an object of its own. */
  void put(Corpus corpus, int from, int to) {
    Context context = vertx().getOrCreateContext();
    Asking.all(
        context,
        to - from,
        IN_FLIGHT,
        i -> cache.put(ObjectKey.of(from + i), 0, corpus.page(corpus.index(from + i))).map(true),
        null);
    if (SharedMain.pages(own).await() != 0) {
      throw new IllegalStateException("pages are at home with the one who asks");
    }
  }

  Future<Buffer> get(int number) {
    return cache.get(ObjectKey.of(number), 0).map(SharedHome::present);
  }

  private static Buffer present(@Nullable Buffer page) {
    if (page == null) {
      throw new IllegalStateException("a page is absent");
    }
    return page;
  }

  // ---- The IMap

  /** Chooses the key of each page. */
  void chooseKeys(int pages) throws TimeoutException {
    awaitThat("partitions are where they stay", this::arePartitionsAtRest);
    long next = 0;
    keys = new long[pages];
    for (int i = 0; i < pages; i++) {
      while (isOwn(hazelcast.getPartitionService().getPartition(next))) {
        next++;
      }
      keys[i] = next++;
    }
  }

  private boolean arePartitionsAtRest() {
    PartitionService partitions = hazelcast.getPartitionService();
    return partitions.isClusterSafe()
        && partitions.getPartitions().stream().anyMatch(SharedHome::isOwn);
  }

  private static boolean isOwn(Partition partition) {
    Member owner = partition.getOwner();
    return owner != null && owner.localMember();
  }

  /** Puts pages of the corpus. */
  void imapPut(Corpus corpus, int from, int to) {
    Context context = vertx().getOrCreateContext();
    Asking.all(
        context,
        to - from,
        IN_FLIGHT,
        i ->
            on(
                    context,
                    imap.setAsync(keys[from + i], corpus.page(corpus.index(from + i)).getBytes()))
                .map(true),
        null);
    if (imap.getLocalMapStats().getOwnedEntryCount() != 0) {
      throw new IllegalStateException("entries lie with the one who asks");
    }
  }

  /** As the shared cache gives it: the answer comes on the caller's context. */
  Future<Buffer> imapGet(Context context, int number) {
    return on(context, imap.getAsync(keys[number])).map(Buffer::buffer);
  }

  /** Without the hop to another thread that Hazelcast makes if nobody says where to go on. */
  private static <T extends @Nullable Object> Future<T> on(
      Context context, CompletionStage<T> stage) {
    Promise<T> answer = ((ContextInternal) context).promise();
    stage.whenCompleteAsync(
        (result, failure) -> {
          if (failure == null) {
            answer.complete(result);
          } else {
            answer.fail(failure);
          }
        },
        Runnable::run);
    return answer.future();
  }

  // ---- Both

  /** What the other process takes of RAM. */
  long homeBytes() {
    DeliveryOptions patient =
        new DeliveryOptions().setSendTimeout(TimeUnit.SECONDS.toMillis(ANSWER_SECONDS));
    return Peers.await(vertx().eventBus().<Long>request(HomeMain.RAM, "", patient)).body();
  }

  private static void awaitThat(String what, BooleanSupplier condition) throws TimeoutException {
    long began = System.nanoTime();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - began > TimeUnit.SECONDS.toNanos(ANSWER_SECONDS)) {
        throw new TimeoutException("waited in vain until " + what);
      }
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(LOOK_MILLIS));
    }
  }

  @Override
  public void close() throws IOException {
    try {
      bare.close();
      own.close();
    } finally {
      home.close();
      TestedNode.remove(folder);
    }
  }
}
