package dev.tmem.cli.client;

import dev.tmem.ErrorCode;
import dev.tmem.Tmem;
import dev.tmem.TmemException;
import dev.tmem.node.ClusterLauncher;
import dev.tmem.node.NodeOptions;
import io.vertx.core.Vertx;
import io.vertx.core.shareddata.AsyncMap;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A stay in the cluster as a client: the names of its nodes, and connections to them. Thread-safe;
 * blocks.
 */
public final class NodeClient implements AutoCloseable {

  /** Where nodes enter their names. An entry of a node that was killed may linger. */
  private static final String NODES = "tmem.nodes";

  private final Vertx vertx;

  private NodeClient(Vertx vertx) {
    this.vertx = vertx;
  }

  /**
   * Joins the cluster.
   *
   * @throws TmemException with {@link ErrorCode#NODE_UNREACHABLE} if no node is found
   */
  public static NodeClient join(NodeOptions options) {
    return new NodeClient(ClusterLauncher.client(options));
  }

  /** The names of the nodes, in order. */
  public List<String> nodes() {
    return vertx
        .sharedData()
        .<String, String>getClusterWideMap(NODES)
        .compose(AsyncMap::keys)
        .await()
        .stream()
        .sorted()
        .toList();
  }

  /**
   * Connects to a node.
   *
   * @param name null: the only one there is
   * @throws TmemException with {@link ErrorCode#INVALID_OPTION} if none is named and there are
   *     several, or {@link ErrorCode#NODE_UNREACHABLE}
   */
  public Tmem connect(@Nullable String name) {
    return Tmem.connect(vertx, choose(name, nodes())).await();
  }

  static String choose(@Nullable String name, List<String> nodes) {
    String all = String.join(", ", nodes);
    if (name != null) {
      if (!nodes.contains(name)) {
        throw new TmemException(
            ErrorCode.NODE_UNREACHABLE,
            "there is no node " + name + (nodes.isEmpty() ? "" : "; there are " + all));
      }
      return name;
    }
    if (nodes.isEmpty()) {
      throw new TmemException(ErrorCode.NODE_UNREACHABLE, "there is no node in this cluster");
    }
    if (nodes.size() > 1) {
      throw new TmemException(
          ErrorCode.INVALID_OPTION, "there are several nodes: " + all + "; say which with --node");
    }
    return nodes.getFirst();
  }

  /** Leaves the cluster. */
  @Override
  public void close() {
    ClusterLauncher.leave(vertx);
  }
}
