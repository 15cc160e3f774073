package dev.tmem.node;

import dev.tmem.Tmem;
import dev.tmem.TmemException;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A node with a clustered Vert.x of its own, as the command line runs it. Thread-safe. */
public final class RunningNode implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(RunningNode.class);

  /** Beyond what handing pages back may take. */
  private static final long STOP_SECONDS = 15;

  private final Vertx vertx;
  private final TmemVerticle verticle;
  private final String deployment;
  private final Tmem tmem;
  private final String description;
  private final long leaveSeconds;
  private final AtomicBoolean closed = new AtomicBoolean();

  RunningNode(Vertx vertx, TmemVerticle verticle, String deployment, long leaveTimeoutMillis) {
    this.vertx = vertx;
    this.verticle = verticle;
    this.deployment = deployment;
    this.tmem = verticle.tmem();
    this.description = verticle.running().describe();
    this.leaveSeconds = (leaveTimeoutMillis + 999) / 1000;
  }

  public Vertx vertx() {
    return vertx;
  }

  public Tmem tmem() {
    return tmem;
  }

  /** {@code ready NAME eventbus=... cluster=... incarnation=... memory=... swap=...}. */
  public String readyLine() {
    return "ready " + description;
  }

  /** Makes the process leave in order when it is told to end (SIGTERM, SIGINT). */
  public RunningNode closeAtShutdown() {
    Runtime.getRuntime().addShutdownHook(new Thread(this::close, "tmem-leave"));
    return this;
  }

  /**
   * Leaves in order: the node first, then the cluster. Blocks, for a bounded time, and is not for
   * event loops. Idempotent.
   */
  @Override
  public void close() {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    try {
      Waiting.get(undeploy(), leaveSeconds + STOP_SECONDS, "stopping node " + tmem.nodeName());
    } catch (TmemException failed) {
      LOG.warn("{}", failed.getMessage());
    }
    ClusterMember.leave(vertx);
    LOG.info("node {} has left", tmem.nodeName());
  }

  /** Nothing to do if its own {@code close} was called before. */
  private Future<Void> undeploy() {
    return verticle.isRunning() ? vertx.undeploy(deployment) : Future.succeededFuture();
  }
}
