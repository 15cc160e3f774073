package dev.tmem.node;

import dev.tmem.ErrorCode;
import dev.tmem.Options;
import dev.tmem.TmemEvent;
import dev.tmem.TmemOptions;
import dev.tmem.cleancache.CleanCaches;
import dev.tmem.codec.PageCodec;
import dev.tmem.dispatch.Dispatcher;
import dev.tmem.frontswap.SwapAreas;
import dev.tmem.memory.BlockPool;
import dev.tmem.memory.MemoryAccount;
import dev.tmem.memory.RegionPool;
import dev.tmem.swapfile.SwapfileBackend;
import dev.tmem.zram.ZramBackend;
import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.util.function.Consumer;

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

  /** Bytes of buffers that live as long as the node. */
  private final long bufferBytes;

  private NodeParts(
      String name, TmemOptions options, Limits limits, MemoryAccount account, long bufferBytes) {
    this.limits = limits;
    this.account = account;
    this.bufferBytes = bufferBytes;
    scheduler = new NodeScheduler(name);
    regions = new RegionPool(account, scheduler::execute);
    blocks = new BlockPool(regions);
    ram = new ZramBackend(regions, account);
    PageCodec codec = new PageCodec(TmemOptions.DEFAULT_MAX_ZPAGE);
    dispatcher =
        new Dispatcher(scheduler, codec, blocks, Dispatcher.DEFAULT_BACKEND_TIMEOUT_MILLIS);
    dispatcher.upkeep().setPolicy(options.getMaxZpage(), options.getIncompressible());
    areas = new SwapAreas(dispatcher, options.getMaxAreas());
    caches = new CleanCaches(dispatcher, options.getMaxAreas());
  }

  /**
   * Puts the parts together.
   *
   * @param vertx for the threads that wait
   * @param folder where the swap file lies
   * @param listener hears of everything that happens, the start included
   * @return fails with {@link ErrorCode#BACKEND_FAILED} if the swap file cannot be trusted; then
   *     nothing is left behind
   */
  static Future<NodeParts> start(
      Vertx vertx,
      String name,
      Path folder,
      TmemOptions options,
      Limits limits,
      Consumer<TmemEvent> listener) {
    MemoryAccount account = new MemoryAccount(limits.memoryBytes());
    long buffers = limits.swapFileBytes() == 0 ? 0 : SwapfileBackend.bufferBytes();
    if (!account.tryChargeTable(buffers)) {
      return Future.failedFuture(
          Options.refuse(
              "memoryLimit",
              limits.memoryBytes(),
              "more than the buffers of the swap file take, " + buffers + ","));
    }
    NodeParts parts = new NodeParts(name, options, limits, account, buffers);
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
    return SwapfileBackend.activate(file, limits.swapFileBytes(), name, scheduler)
        .compose(dispatcher::register);
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
    account.release(bufferBytes);
  }
}
