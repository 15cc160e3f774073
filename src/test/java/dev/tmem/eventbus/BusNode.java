package dev.tmem.eventbus;

import dev.tmem.TmemException;
import dev.tmem.Until;
import dev.tmem.admin.AdminCommands;
import dev.tmem.admin.BackendSource;
import dev.tmem.admin.Identity;
import dev.tmem.admin.Lending;
import dev.tmem.admin.NodeStats;
import dev.tmem.backend.LossDomain;
import dev.tmem.cleancache.CleanCaches;
import dev.tmem.dispatch.TestNode;
import dev.tmem.dispatch.ThreadScheduler;
import dev.tmem.dispatch.TwinBackend;
import dev.tmem.frontswap.SwapAreas;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.ReplyException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** A node on a local event bus: its services over a real dispatcher, zram and a twin of a disk. */
final class BusNode implements AutoCloseable {

  static final int MAX_AREAS = 10;

  final Vertx vertx;
  final Identity identity;
  final ThreadScheduler scheduler = new ThreadScheduler(2);
  final TestNode node = new TestNode(scheduler, 48L << 20);
  final TwinBackend disk = new TwinBackend("disk", 300, LossDomain.NODE, scheduler);
  final SwapAreas areas;
  final CleanCaches caches;
  final NodeService service;
  final AdminCommands commands;
  private final String deployment;

  BusNode(Vertx vertx, String name, String incarnation) {
    this.vertx = vertx;
    this.identity = new Identity(name, incarnation, System.nanoTime());
    this.areas = new SwapAreas(node.dispatcher, MAX_AREAS);
    this.caches = new CleanCaches(node.dispatcher, MAX_AREAS);
    node.dispatcher.notifier().listen(new EventPublisher(vertx, name));
    this.service = new NodeService(vertx, identity, areas, caches);
    NodeStats stats =
        new NodeStats(identity, node.dispatcher, areas, caches, node.memory, Lending.NONE);
    commands =
        new AdminCommands(
            stats, node.dispatcher, areas, caches, node.memory, Lending.NONE, BackendSource.NONE);
    AdminService admin = new AdminService(vertx, identity, commands);
    get(node.dispatcher.register(node.zram));
    get(node.dispatcher.register(disk));
    deployment =
        get(
            vertx.deployVerticle(
                new VerticleBase() {
                  @Override
                  public Future<?> start() {
                    return service.start().compose(started -> admin.start());
                  }

                  @Override
                  public Future<?> stop() {
                    return service.stop().compose(stopped -> admin.stop());
                  }
                }));
  }

  /** Everything lies below RAM from now on. */
  void demoteAll() {
    get(node.dispatcher.shrink("zram", 0));
  }

  @Override
  public void close() {
    get(vertx.undeploy(deployment));
    get(areas.endAll());
    get(caches.endAll());
    scheduler.close();
    node.close();
  }

  /** Waits for a future; its error is thrown if it is one of ours or of the bus. */
  static <T extends @Nullable Object> T get(Future<T> future) {
    try {
      return future.toCompletionStage().toCompletableFuture().get(Until.SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case TmemException known -> throw known;
        case ReplyException reply -> throw reply;
        case null, default -> throw new AssertionError(e);
      }
    } catch (InterruptedException | TimeoutException e) {
      throw new AssertionError(e);
    }
  }
}
