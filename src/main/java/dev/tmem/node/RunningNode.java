package dev.tmem.node;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.tmem.Tmem;
import dev.tmem.TmemException;
import io.vertx.core.Vertx;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A node with a clustered Vert.x of its own, as the command line runs it. Thread-safe. */
public final class RunningNode implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(RunningNode.class);

  /** Beyond what handing pages back may take. */
  private static final long STOP_SECONDS = 15;

  private static final int LEFT_BEHIND_STATUS = 1;

  private final Vertx vertx;
  private final TmemVerticle verticle;
  private final Tmem tmem;
  private final String description;
  private final long leaveSeconds;

  @GuardedBy("this")
  private boolean closed;

  private volatile boolean leftInOrder = true;

  RunningNode(Vertx vertx, TmemVerticle verticle, long leaveTimeoutMillis) {
    this.vertx = vertx;
    this.verticle = verticle;
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

  /**
   * Makes the process leave in order when it is told to end (SIGTERM, SIGINT). Its exit status is
   * then that of the signal, or 1 if pages of peers had to be left behind.
   */
  public RunningNode closeAtShutdown() {
    Runtime.getRuntime().addShutdownHook(new Thread(this::closeAndTell, "tmem-leave"));
    return this;
  }

  private void closeAndTell() {
    close();
    if (!leftInOrder) {
      Runtime.getRuntime().halt(LEFT_BEHIND_STATUS);
    }
  }

  /** Once closed: whether the peers have taken back all their pages. */
  public boolean hasLeftInOrder() {
    return leftInOrder;
  }

  /**
   * Leaves in order: the node first, then the cluster. Blocks, for a bounded time, and is not for
   * event loops. Idempotent; a second call waits for the first.
   */
  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    try {
      String what = "stopping node " + tmem.nodeName();
      leftInOrder = Waiting.get(verticle.leave(), leaveSeconds + STOP_SECONDS, what) == 0;
    } catch (TmemException failed) {
      leftInOrder = false;
      LOG.warn("{}", failed.getMessage());
    }
    ClusterMember.leave(vertx);
    LOG.info("node {} has left", tmem.nodeName());
  }
}
