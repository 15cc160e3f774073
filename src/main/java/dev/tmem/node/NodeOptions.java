package dev.tmem.node;

import dev.tmem.ErrorCode;
import dev.tmem.Options;
import dev.tmem.TmemException;
import dev.tmem.TmemOptions;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;

/**
 * How a process that is a node is made: the node ({@link TmemOptions}, its keys at the top) and its
 * way into the cluster ({@link ClusterOptions}, under {@code cluster}). Not thread-safe; copied
 * when it is used.
 */
public final class NodeOptions {

  private static final String CLUSTER = "cluster";

  private TmemOptions tmem = new TmemOptions();
  private ClusterOptions cluster = new ClusterOptions();

  public NodeOptions() {}

  public NodeOptions(NodeOptions other) {
    this.tmem = new TmemOptions(other.tmem);
    this.cluster = new ClusterOptions(other.cluster);
  }

  /**
   * @throws TmemException with {@link ErrorCode#INVALID_OPTION} for an unknown key or a bad value
   */
  public NodeOptions(JsonObject json) {
    Set<String> known = new TreeSet<>(TmemOptions.keys());
    known.add(CLUSTER);
    Options.checkKeys("a node", json, known);
    JsonObject node = json.copy();
    Object part = node.remove(CLUSTER);
    if (part instanceof JsonObject object) {
      this.cluster = new ClusterOptions(object);
    } else if (part != null) {
      throw Options.refuse(CLUSTER, part, "an object of options");
    }
    this.tmem = new TmemOptions(node);
  }

  /**
   * Reads a file, JSON if its name ends so, else YAML.
   *
   * @throws TmemException with {@link ErrorCode#INVALID_OPTION}, naming the file, if it cannot be
   *     read or holds an unknown key or a bad value
   */
  public static NodeOptions read(Path file) {
    JsonObject json = ConfigFile.read(file);
    try {
      return new NodeOptions(json);
    } catch (TmemException refused) {
      throw new TmemException(refused.code(), file + ": " + refused.getMessage(), refused);
    }
  }

  public JsonObject toJson() {
    return tmem.toJson().put(CLUSTER, cluster.toJson());
  }

  /** The node itself. */
  public TmemOptions getTmem() {
    return tmem;
  }

  public NodeOptions setTmem(TmemOptions tmem) {
    this.tmem = tmem;
    return this;
  }

  /** Its way into the cluster. */
  public ClusterOptions getCluster() {
    return cluster;
  }

  public NodeOptions setCluster(ClusterOptions cluster) {
    this.cluster = cluster;
    return this;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof NodeOptions that && toJson().equals(that.toJson());
  }

  @Override
  public int hashCode() {
    return toJson().hashCode();
  }

  @Override
  public String toString() {
    return toJson().encode();
  }
}
