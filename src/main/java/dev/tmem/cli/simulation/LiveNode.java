package dev.tmem.cli.simulation;

import dev.tmem.CleanCache;
import dev.tmem.CleanCacheOptions;
import dev.tmem.SwapArea;
import dev.tmem.SwapAreaOptions;
import dev.tmem.backend.SlowBackend;
import dev.tmem.cleancache.CleanCaches;
import dev.tmem.codec.PageCodec;
import dev.tmem.dispatch.Dispatcher;
import dev.tmem.dispatch.PageSpace;
import dev.tmem.frontswap.OpenArea;
import dev.tmem.frontswap.SwapAreas;
import dev.tmem.memory.BlockPool;
import dev.tmem.memory.MemoryAccount;
import dev.tmem.memory.RegionPool;
import dev.tmem.node.ForeignPages;
import dev.tmem.ramster.RamsterBackend;
import dev.tmem.ramster.RamsterOptions;
import dev.tmem.zram.ZramBackend;
import io.vertx.core.Future;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One life of a node: put together as a real one is, but for its clock, its links and its disk.
 *
 * <p>Confined to the thread of its schedule.
 */
final class LiveNode {

  /** What a backend has to answer within. */
  static final long BACKEND_TIMEOUT_MILLIS = 2_000;

  private static final int AREAS_MAX = 16;

  /**
   * How a node is set up.
   *
   * @param ballastBytes of the memory limit that nobody uses: it makes the limit large enough for
   *     the buffers of peers, which take a part of it at the most, and leaves the pool small
   */
  record Setup(long memoryBytes, long ballastBytes, long diskBytes, RamsterOptions options) {}

  private final Machine machine;
  private final NodeClock clock;
  private final SimTransport transport;
  private final MemoryAccount account;
  private final RegionPool regions;
  private final BlockPool blocks;
  private final ZramBackend ram;
  private final Dispatcher dispatcher;
  private final SwapAreas areas;
  private final CleanCaches caches;
  private final Setup setup;
  private final @Nullable SimDisk disk;
  private @Nullable RamsterBackend ramster;
  private int operations;
  private boolean leaves;
  private int safeHarm;

  private LiveNode(
      Machine machine,
      NodeClock clock,
      Network network,
      PageCodec codec,
      @Nullable SimDisk disk,
      Setup setup) {
    this.machine = machine;
    this.clock = clock;
    this.setup = setup;
    this.transport = new SimTransport(network, machine);
    this.account = new MemoryAccount(setup.memoryBytes() + setup.ballastBytes());
    account.tryChargeTable(setup.ballastBytes());
    this.regions = machine.memory().newPool(account);
    this.blocks = new BlockPool(regions);
    this.ram = new ZramBackend(regions, account);
    this.dispatcher = new Dispatcher(clock, codec, blocks, BACKEND_TIMEOUT_MILLIS);
    this.areas = new SwapAreas(dispatcher, AREAS_MAX);
    this.caches = new CleanCaches(dispatcher, AREAS_MAX);
    this.disk = disk;
  }

  /** Starts a node on a machine where none runs. */
  static LiveNode start(
      Machine machine,
      NodeClock clock,
      PageCodec codec,
      @Nullable SimDisk disk,
      Setup setup,
      Cluster cluster) {
    LiveNode node = new LiveNode(machine, clock, cluster.network(), codec, disk, setup);
    ChainOrder order = new ChainOrder(cluster, node);
    machine.set(node);
    node.dispatcher
        .register(node.ram)
        .compose(done ->
            disk == null ? Future.succeededFuture() : node.dispatcher.register(order.disk(disk)))
        .compose(done -> node.join(cluster.wiring(), order));
    return node;
  }

  private Future<Void> join(Wiring wiring, ChainOrder order) {
    return RamsterBackend.start(
            setup.options(), ram, blocks, account, wiring.transport(transport, clock), clock)
        .compose(started -> {
          ramster = started;
          dispatcher.addKeeper(new ForeignPages(started));
          SlowBackend seen = wiring.peers(started, clock);
          return dispatcher.register(order.peers(seen));
        });
  }

  Machine machine() {
    return machine;
  }

  NodeClock clock() {
    return clock;
  }

  SimTransport transport() {
    return transport;
  }

  MemoryAccount account() {
    return account;
  }

  /** Bytes of the account that are in use, but for the ballast. */
  long usedBytes() {
    return account.used() - setup.ballastBytes();
  }

  /** Gives the node more memory, or less. */
  void setMemory(long bytes) {
    account.setLimit(bytes + setup.ballastBytes());
    dispatcher.limitChanged();
  }

  ZramBackend ram() {
    return ram;
  }

  Dispatcher dispatcher() {
    return dispatcher;
  }

  Setup setup() {
    return setup;
  }

  @Nullable SimDisk disk() {
    return disk;
  }

  /** Null: it has not joined its peers yet. */
  @Nullable RamsterBackend ramster() {
    return ramster;
  }

  RamsterBackend joined() {
    return Objects.requireNonNull(ramster);
  }

  void operationBegins() {
    operations++;
  }

  void operationEnds() {
    operations--;
  }

  /** Operations of clients that have not ended. */
  int operations() {
    return operations;
  }

  /** It stops in good order, and is not used any more. */
  void beginToLeave() {
    leaves = true;
  }

  /** Whether clients may use it. */
  boolean serves() {
    return !leaves && ramster != null && clock.standsUntil() == 0;
  }

  boolean leaves() {
    return leaves;
  }

  int damages() {
    return disk == null ? 0 : disk.damages();
  }

  Future<SwapArea> swapOn(String name, SwapAreaOptions options) {
    return areas.swapOn(name, options);
  }

  /** The page space behind an area that is open. */
  @Nullable PageSpace space(String name) {
    Future<OpenArea> found = areas.find(name);
    return found.succeeded() ? found.result().space() : null;
  }

  Future<CleanCache> openCache(String name, CleanCacheOptions options) {
    return caches.open(name, options);
  }

  /** Ends every area and every cache. */
  Future<Void> endAreas() {
    return Future.join(areas.endAll(), caches.endAll()).mapEmpty();
  }

  /** Copies of its pages that are not enough, as it knows. */
  private long underProtected() {
    return dispatcher.exposures().pages() + joined().pagesAway();
  }

  /**
   * Whether it says that its pages are safe, has lost none, and believes of nobody who ended that
   * he lives.
   */
  boolean isSafe(Cluster cluster) {
    return ramster != null
        && underProtected() == 0
        && dispatcher.spaces().stream().allMatch(LiveNode::hasLostNothing)
        && joined().peers().stream()
            .allMatch(peer -> !peer.state().equals("alive") || cluster.runs(peer.incarnation()));
  }

  private static boolean hasLostNothing(PageSpace space) {
    return space.numbers().getOrDefault("pages_lost", 0L) == 0;
  }

  /** Up to then it was safe, whatever had ended before. */
  void safeAt(int harm) {
    safeHarm = harm;
  }

  /** How many other nodes had ended when all its pages were safe for the last time. */
  int safeHarm() {
    return safeHarm;
  }

  /** Says goodbye and closes every backend. */
  Future<Void> close() {
    return joined().close().transform(said -> dispatcher.closeBackends());
  }

  /** The process is no more: nothing of it happens, and its memory is free. */
  void end() {
    clock.die();
    machine.set(null);
    regions.close();
  }
}
