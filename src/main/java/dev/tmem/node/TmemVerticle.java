package dev.tmem.node;

import dev.tmem.ErrorCode;
import dev.tmem.Tmem;
import dev.tmem.TmemException;
import dev.tmem.TmemOptions;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import org.jspecify.annotations.Nullable;

/**
 * A node, as a verticle: {@code vertx.deployVerticle(new TmemVerticle(), new
 * DeploymentOptions().setConfig(json))}, where the configuration has the keys of {@link
 * TmemOptions}. {@link dev.tmem.Tmem#start} does the same. Deploying fails as that does;
 * undeploying leaves in order and releases everything: pages, memory, threads, consumers, the name,
 * the folder.
 *
 * <p>If the Vert.x it is deployed into is clustered, the node lends to and borrows from its peers.
 *
 * <p>It owns the node's parts and deploys a verticle for each way in: {@link AreasVerticle}, {@link
 * AdminVerticle}, {@link LenderVerticle}, and {@link BackgroundVerticle}. One instance is one node;
 * it cannot be deployed twice.
 */
public final class TmemVerticle extends VerticleBase {

  private final @Nullable TmemOptions given;
  private final MeterRegistry registry;
  private final DataFolders.@Nullable Choice chosen;
  private volatile @Nullable Node node;

  /** Options come from the deployment's configuration. */
  public TmemVerticle() {
    this(null, new SimpleMeterRegistry(), null);
  }

  /**
   * Options come from the deployment's configuration.
   *
   * @param registry where the node's meters are shown; it stays the caller's
   */
  public TmemVerticle(MeterRegistry registry) {
    this(null, registry, null);
  }

  /**
   * @param options copied; the deployment's configuration is not used
   */
  public TmemVerticle(TmemOptions options) {
    this(options, new SimpleMeterRegistry());
  }

  /**
   * @param options copied; the deployment's configuration is not used
   * @param registry where the node's meters are shown; it stays the caller's
   */
  public TmemVerticle(TmemOptions options, MeterRegistry registry) {
    this(new TmemOptions(options), registry, null);
  }

  /**
   * @param chosen name and folder that were chosen before; handed over, released with the node
   */
  TmemVerticle(
      @Nullable TmemOptions options, MeterRegistry registry, DataFolders.@Nullable Choice chosen) {
    this.given = options;
    this.registry = registry;
    this.chosen = chosen;
  }

  /**
   * The node, once deployed.
   *
   * @throws TmemException with {@link ErrorCode#CLOSED} before and after
   */
  public Tmem tmem() {
    return running().tmem();
  }

  boolean isRunning() {
    return node != null;
  }

  Node running() {
    Node running = node;
    if (running == null) {
      throw new TmemException(ErrorCode.CLOSED, "the verticle is not deployed");
    }
    return running;
  }

  @Override
  public Future<?> start() {
    TmemOptions options;
    try {
      options = given == null ? new TmemOptions(config()) : given;
    } catch (TmemException refused) {
      return Future.failedFuture(refused);
    }
    return Node.start(vertx, options, registry, chosen, () -> leave().mapEmpty())
        .onSuccess(started -> node = started);
  }

  /**
   * Hands the peers' pages back while the node can still be watched, then undeploys.
   *
   * @return completes with the number of pages that were not taken back in time
   */
  Future<Long> leave() {
    Node running = node;
    return running == null
        ? Future.succeededFuture(0L)
        : running.leave().compose(left -> undeploy().map(left));
  }

  /** Nothing to do if somebody else did it meanwhile. */
  private Future<Void> undeploy() {
    return !isRunning() ? Future.succeededFuture() : vertx.undeploy(deploymentID());
  }

  /** The verticles of the node are gone by now: Vert.x undeploys children first. */
  @Override
  public Future<?> stop() {
    Node running = node;
    node = null;
    return running == null ? Future.succeededFuture() : running.stop();
  }
}
