package dev.tmem.node;

import dev.tmem.ErrorCode;
import dev.tmem.Options;
import dev.tmem.TmemEvent;
import dev.tmem.TmemOptions;
import dev.tmem.cleancache.CleanCaches;
import dev.tmem.codec.PageCodec;
import dev.tmem.dispatch.Dispatcher;
import dev.tmem.dispatch.Writeback;
import dev.tmem.dispatch.WritebackClass;
import dev.tmem.frontswap.SwapAreas;
import dev.tmem.memory.BlockPool;
import dev.tmem.memory.MemoryAccount;
import dev.tmem.memory.RegionPool;
import dev.tmem.swapfile.SwapfileBackend;
import dev.tmem.swapfile.SwapfileOptions;
import dev.tmem.swapfile.SwapfileProvider;
import dev.tmem.zram.ZramBackend;
import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * What a node is made of below its verticles, whether it is in a cluster or not: its memory, its
 * own two backends, its dispatcher, its areas and its caches.
 *
 * <p>Immutable; the parts are thread-safe.
 */
final class NodeParts {

  private final Limits limits;
  private final NodeScheduler scheduler;
  private final MemoryAccount account;
  private final RegionPool regions;
  private final BlockPool blocks;
  private final ZramBackend ram;
  private final Dispatcher dispatcher;
  private final SwapAreas areas;
  private final CleanCaches caches;
  private final SwapfileProvider swapfiles;

  private NodeParts(String name, TmemOptions options, Limits limits) {
    this.limits = limits;
    account = new MemoryAccount(limits.memoryBytes());
    swapfiles = new SwapfileProvider(account);
    scheduler = new NodeScheduler(name);
    regions = new RegionPool(account, scheduler);
    blocks = new BlockPool(regions);
    ram = new ZramBackend(regions, account);
    PageCodec codec = new PageCodec(TmemOptions.DEFAULT_MAX_ZPAGE);
    dispatcher =
        new Dispatcher(scheduler, codec, blocks, Dispatcher.DEFAULT_BACKEND_TIMEOUT_MILLIS);
    dispatcher.upkeep().setRepatriateBytesPerSecond(options.getRepatriateBytesPerSecond());
    dispatcher.upkeep().setPolicy(options.getMaxZpage(), options.getIncompressible());
    dispatcher.exposures().restorer().setBytesPerSecond(options.getBorrow().getRestoreBandwidth());
    setWriteback(options);
    dispatcher.hedges().setMillis(options.getBorrow().getFetchTimeoutMillis());
    areas = new SwapAreas(dispatcher, options.getMaxAreas());
    caches = new CleanCaches(dispatcher, options.getMaxAreas());
  }

  private void setWriteback(TmemOptions options) {
    Writeback writeback = dispatcher.upkeep().writeback();
    writeback.setAutomatic(
        options.getWriteback().stream()
            .map(name -> Options.choice("writeback", WritebackClass.class, name))
            .collect(Collectors.toSet()));
    writeback.budget().set(options.getWritebackLimit());
  }

  /**
   * Puts the parts together.
   *
   * @param vertx for the threads that wait
   * @param folder where the swap file lies
   * @param listener hears of everything that happens, the start included
   * @return fails with {@link ErrorCode#BACKEND_FAILED} if the swap file cannot be trusted, with
   *     {@link ErrorCode#INVALID_OPTION} if the memory limit is too low for its buffers; then
   *     nothing is left behind
   */
  static Future<NodeParts> start(
      Vertx vertx,
      String name,
      Path folder,
      TmemOptions options,
      Limits limits,
      Consumer<TmemEvent> listener) {
    NodeParts parts = new NodeParts(name, options, limits);
    parts.dispatcher.notifier().listen(listener);
    return parts
        .registerBackends(name, folder)
        .onSuccess(none -> parts.dispatcher.upkeep().start())
        .map(parts)
        .recover(failure -> parts.close(vertx).transform(none -> Future.failedFuture(failure)));
  }

  private Future<Void> registerBackends(String name, Path folder) {
    Future<Void> zram = dispatcher.register(ram);
    return limits.swapFileBytes() == 0
        ? zram
        : zram.compose(none -> registerSwapFile(name, folder.resolve(Limits.SWAP_FILE)));
  }

  private Future<Void> registerSwapFile(String name, Path file) {
    var size = SwapfileOptions.Size.of(limits.swapFileBytes());
    var options = new SwapfileOptions(SwapfileBackend.NAME, file, size, 0);
    return swapfiles
        .create(options, name, scheduler)
        .compose(dispatcher::register)
        .onSuccess(registered -> dispatcher.durables().keepIn(SwapfileBackend.NAME));
  }

  Limits limits() {
    return limits;
  }

  NodeScheduler scheduler() {
    return scheduler;
  }

  MemoryAccount account() {
    return account;
  }

  RegionPool regions() {
    return regions;
  }

  BlockPool blocks() {
    return blocks;
  }

  /** Where this node's pages and its peers' lie. */
  ZramBackend ram() {
    return ram;
  }

  Dispatcher dispatcher() {
    return dispatcher;
  }

  /** Makes further swap files. */
  SwapfileProvider swapfiles() {
    return swapfiles;
  }

  SwapAreas areas() {
    return areas;
  }

  CleanCaches caches() {
    return caches;
  }

  /** Ends every area and cache, closes every backend, and gives all memory and threads back. */
  Future<Void> close(Vertx vertx) {
    dispatcher.upkeep().stop();
    return Future.join(areas.endAll(), caches.endAll())
        .transform(ended -> dispatcher.closeBackends())
        .transform(closed -> Blocking.run(vertx, this::release).transform(none -> done(closed)));
  }

  private static Future<Void> done(AsyncResult<Void> result) {
    return result.succeeded() ? Future.succeededFuture() : Future.failedFuture(result.cause());
  }

  /** Waits for tasks under way; on a thread that may. */
  private void release() {
    scheduler.close();
    regions.close();
  }
}
