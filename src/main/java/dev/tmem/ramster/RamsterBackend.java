package dev.tmem.ramster;

import dev.tmem.backend.BackendHost;
import dev.tmem.backend.BackendUsage;
import dev.tmem.backend.Fetched;
import dev.tmem.backend.LossDomain;
import dev.tmem.backend.PageRef;
import dev.tmem.backend.RamBackend;
import dev.tmem.backend.Scheduler;
import dev.tmem.backend.SlowBackend;
import dev.tmem.backend.SpaceInfo;
import dev.tmem.backend.Zpage;
import dev.tmem.memory.BlockPool;
import dev.tmem.memory.MemoryAccount;
import dev.tmem.ramster.protocol.Compaction;
import dev.tmem.ramster.protocol.Count;
import dev.tmem.ramster.protocol.Counts;
import dev.tmem.ramster.protocol.Envelope;
import dev.tmem.ramster.protocol.ForeignStore;
import dev.tmem.ramster.protocol.HostCalls;
import dev.tmem.ramster.protocol.MessageCodec;
import dev.tmem.ramster.protocol.OtherVersionException;
import dev.tmem.ramster.protocol.Outbox;
import dev.tmem.ramster.protocol.PeerNode;
import dev.tmem.ramster.protocol.PeerView;
import dev.tmem.ramster.protocol.Self;
import dev.tmem.ramster.protocol.WireException;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The RAM of peers as a backend, and this node's RAM as theirs. Thread-safe: {@link Engine}.
 *
 * <p>A page is refused if no peer has room for it, if too many bytes are on their way, or if its
 * lender does not acknowledge it in time. A page of a lender that cannot be heard is unavailable at
 * once.
 */
public final class RamsterBackend implements SlowBackend {

  public static final String NAME = "ramster";
  public static final int TIER = 200;

  /** How long {@link #close} waits for the peers to take note. */
  private static final long FAREWELL_MILLIS = 1_000;

  /** A year. */
  private static final long LEAVE_MILLIS_MAX = 365L * 24 * 3_600 * 1_000;

  private static final Logger LOG = LoggerFactory.getLogger(RamsterBackend.class);

  private final Transport transport;
  private final Scheduler scheduler;
  private final ForeignStore store;
  private final HostCalls host;
  private final Counts counts = new Counts();

  /** What is wrong with frames is said once for each kind. */
  private final Set<WireException.Kind> told = ConcurrentHashMap.newKeySet();

  private final KnownSpaces spaces = new KnownSpaces();
  private final Engine engine;
  private final OwnerSweep sweep;
  private final AtomicReference<@Nullable Promise<Void>> closing = new AtomicReference<>();

  private RamsterBackend(
      RamsterOptions options,
      RamBackend pool,
      BlockPool blocks,
      MemoryAccount account,
      Transport transport,
      Scheduler scheduler) {
    this.transport = transport;
    this.scheduler = scheduler;
    this.store = new ForeignStore(pool, blocks, options.lendLimitBytes());
    this.host = new HostCalls(scheduler::execute);
    Self self =
        new Self(
            options.name(),
            options.incarnation(),
            options.startedMillis(),
            options.nodeId(),
            transport.localAddress(),
            options.rack());
    PeerNode node =
        new PeerNode(
            self,
            options.timing(),
            options.flight(),
            store,
            host,
            spaces,
            new PeerReserve(account),
            new Random(options.seed()),
            counts,
            scheduler.nanoTime());
    this.engine = new Engine(transport, scheduler, node);
    this.sweep =
        new OwnerSweep(scheduler, this::askLenders, counts, options.timing().sweepMillis());
  }

  /**
   * Joins the peers.
   *
   * @param pool where foreign zpages are kept; their handles are used under this backend's lock
   * @param blocks where the tables of foreign pages are kept
   * @param account where the buffers of each peer in use are charged
   * @return the backend, when frames arrive and the first gossip is out; it may know no peer yet
   */
  public static Future<RamsterBackend> start(
      RamsterOptions options,
      RamBackend pool,
      BlockPool blocks,
      MemoryAccount account,
      Transport transport,
      Scheduler scheduler) {
    RamsterBackend backend =
        new RamsterBackend(options, pool, blocks, account, transport, scheduler);
    return transport
        .open(backend::receive, backend::channelLost)
        .map(opened -> {
          backend.run((node, now, out) -> node.tick(now, out));
          return backend;
        });
  }

  /** A step without an answer. */
  private interface Act {
    void run(PeerNode node, long now, Outbox out);
  }

  /** False: closed, nothing was done. */
  private boolean run(Act act) {
    return engine.step(
        (node, now, out) -> {
          act.run(node, now, out);
          return true;
        },
        false);
  }

  private void receive(Buffer frame) {
    long arrived = scheduler.nanoTime();
    try {
      Envelope envelope = MessageCodec.decode(frame);
      run((node, now, out) -> node.receive(envelope, arrived, now, out));
    } catch (OtherVersionException e) {
      run((node, now, out) -> node.refuse(e, now));
    } catch (WireException e) {
      counts.one(Count.MALFORMED_FRAMES);
      if (told.add(e.kind())) {
        LOG.warn("a frame was dropped: {}; others of that kind are only counted", e.getMessage());
      }
    }
  }

  private void askLenders(List<PageRef> refs, Consumer<List<PageRef>> missing) {
    run((node, now, out) -> node.holds(refs, missing, now, out));
  }

  private void channelLost(String address) {
    run((node, now, out) -> node.channelLost(address, now, out));
  }

  /** No call waits for anything. */
  @Override
  public boolean returnsAtOnce() {
    return true;
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public int tier() {
    return TIER;
  }

  @Override
  public LossDomain lossDomain() {
    return LossDomain.PEER;
  }

  @Override
  public void attach(BackendHost attached) {
    host.attach(attached);
    sweep.start(attached);
  }

  @Override
  public Future<Void> init(SpaceInfo space) {
    spaces.add(space);
    return Future.succeededFuture();
  }

  @Override
  public Future<Void> invalidateSpace(int space) {
    spaces.remove(space);
    return Future.succeededFuture();
  }

  @Override
  public Future<long[]> put(List<Zpage> pages) {
    return send(pages, null);
  }

  @Override
  public Future<long[]> putApart(List<Zpage> pages, long[] first) {
    return send(pages, first.clone());
  }

  private Future<long[]> send(List<Zpage> pages, long @Nullable [] apart) {
    Promise<long[]> promise = Promise.promise();
    boolean open = run((node, now, out) -> node.put(pages, apart, promise::tryComplete, now, out));
    if (!open) {
      long[] refused = new long[pages.size()];
      Arrays.fill(refused, REFUSED);
      promise.tryComplete(refused);
    }
    return promise.future();
  }

  @Override
  public Future<List<Fetched>> get(List<PageRef> refs) {
    Promise<List<Fetched>> promise = Promise.promise();
    boolean open = run((node, now, out) -> node.get(refs, promise::tryComplete, now, out));
    if (!open) {
      Fetched closed = new Fetched.Unavailable("the node has left its peers");
      promise.tryComplete(refs.stream().map(ref -> closed).toList());
    }
    return promise.future();
  }

  @Override
  public void free(List<PageRef> refs) {
    run((node, now, out) -> node.free(refs, now, out));
  }

  /**
   * Used are the zpages kept by peers, by estimate; the limit counts what they would still take.
   */
  @Override
  public BackendUsage usage() {
    return engine.look(node -> {
      long used = node.bytesLent();
      return new BackendUsage(used, used + node.spareBytesOfPeers());
    });
  }

  @Override
  public Map<String, Long> counters() {
    Map<String, Long> values = counts.published();
    return engine.look(node -> {
      long ephemeral = node.foreignEphemeralPages();
      values.put("foreign_eph_pages", ephemeral);
      values.put("foreign_pers_pages", node.foreignPages() - ephemeral);
      values.put("foreign_bytes", node.foreignBytes());
      values.put("frees_pending", node.freesPending());
      values.put("channels_refused", transport.refused());
      return values;
    });
  }

  public long lendLimit() {
    return store.lendLimit();
  }

  /** Pages that are beyond it are handed back from now on. */
  public void setLendLimit(long bytes) {
    if (bytes < 0) {
      throw new IllegalArgumentException("lend limit " + bytes + "; 0 is the least");
    }
    store.setLendLimit(bytes);
    run((node, now, out) -> node.limitChanged(now, out));
  }

  /**
   * How quickly foreign pages are handed back while the node goes on.
   *
   * @param bytesPerSecond at least 1
   */
  public void setHandBackRate(long bytesPerSecond) {
    if (bytesPerSecond < 1) {
      throw new IllegalArgumentException("hand back rate " + bytesPerSecond + "; 1 is the least");
    }
    run((node, now, out) -> node.setHandBackRate(bytesPerSecond));
  }

  /** Own pages need that much room of what is lent. */
  public void giveWay(long bytes) {
    run((node, now, out) -> node.giveWay(bytes, now, out));
  }

  /**
   * Drops foreign pages that may be dropped.
   *
   * @return bytes that came free
   */
  public long dropEphemeral(long bytes) {
    return engine.step((node, now, out) -> node.dropEphemeral(bytes), 0L);
  }

  /** Everyone this node has heard of and not forgotten. */
  public List<PeerView> peers() {
    return engine.look(PeerNode::peers);
  }

  /** How frames go to a peer now. */
  public String link(PeerView peer) {
    return transport.link(peer.address());
  }

  /** Pages of others that are kept here. */
  public long foreignPages() {
    return engine.look(PeerNode::foreignPages);
  }

  /** Copies of this node's pages whose lenders are not heard, or ended just now. */
  public long pagesAway() {
    return engine.look(PeerNode::pagesAway);
  }

  /** Bytes of them in the pool, with their heads. */
  public long foreignBytes() {
    return engine.look(PeerNode::foreignBytes);
  }

  /** To be called when the cluster manager says that a node has left. */
  public void peerLeft(String vertxNodeId) {
    run((node, now, out) -> node.left(vertxNodeId, now, out));
  }

  /** Offers every foreign zpage to the compaction that the pool has planned. */
  public void compact() {
    Compaction progress = new Compaction();
    boolean more = true;
    while (more) {
      more = engine.step((node, now, out) -> node.compact(progress), false);
    }
  }

  /**
   * Lends no more, and asks the owners of foreign pages to take them back.
   *
   * @param millis the time for it; a longer one than {@link #LEAVE_MILLIS_MAX} is as good as that
   * @return the number of pages that were not taken in that time; 0 as soon as there is none left
   */
  public Future<Long> leave(long millis) {
    Promise<Long> left = Promise.promise();
    long nanos = Math.min(millis, LEAVE_MILLIS_MAX) * 1_000_000;
    boolean open = run((node, now, out) -> node.leave(now + nanos, left::tryComplete, now, out));
    if (!open) {
      left.tryComplete(0L);
    }
    return left.future();
  }

  /** Takes a {@link #leave} back: lends again, whoever waits for it is told what is left. */
  public void stay() {
    run((node, now, out) -> node.stay(out));
  }

  /** Whether it hands everything back and lends nothing. */
  public boolean isLeaving() {
    return engine.look(PeerNode::isLeaving);
  }

  /**
   * Says goodbye to the peers, who drop this node's pages and know that theirs are gone, and stops.
   */
  @Override
  public Future<Void> close() {
    Promise<Void> mine = Promise.promise();
    if (!closing.compareAndSet(null, mine)) {
      return Objects.requireNonNull(closing.get()).future();
    }
    Promise<Void> said = Promise.promise();
    run((node, now, out) ->
        node.end(now + FAREWELL_MILLIS * 1_000_000, said::tryComplete, now, out));
    said.future()
        .compose(done -> {
          sweep.stop();
          engine.close();
          return transport.close();
        })
        .onComplete(mine);
    return mine.future();
  }
}
