package dev.tmem.node;

import dev.tmem.ErrorCode;
import dev.tmem.Options;
import dev.tmem.TmemException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How a process joins the cluster. Not thread-safe; copied when it is used. It is the {@code
 * cluster} part of {@link NodeOptions}; {@code cluster-config/node.yaml} shows every key.
 */
public final class ClusterOptions {

  /** Members of another cluster name are not joined. */
  public static final String DEFAULT_NAME = "tmem";

  /** A process that was told nothing is not to be reached from other machines. */
  public static final String LOOPBACK = "127.0.0.1";

  /** A free port is found. */
  public static final int DEFAULT_PORT = 0;

  private static final Set<String> KEYS =
      Set.of("name", "host", "port", "join", "hazelcast", "eventBusHost", "eventBusPort");

  private String name = DEFAULT_NAME;
  private @Nullable String host;
  private int port = DEFAULT_PORT;
  private List<HostPort> join = List.of();
  private @Nullable String hazelcast;
  private @Nullable String eventBusHost;
  private int eventBusPort = DEFAULT_PORT;

  public ClusterOptions() {}

  public ClusterOptions(ClusterOptions other) {
    this.name = other.name;
    this.host = other.host;
    this.port = other.port;
    this.join = other.join;
    this.hazelcast = other.hazelcast;
    this.eventBusHost = other.eventBusHost;
    this.eventBusPort = other.eventBusPort;
  }

  /**
   * @throws TmemException with {@link ErrorCode#INVALID_OPTION} for an unknown key or a bad value
   */
  public ClusterOptions(JsonObject json) {
    Options.checkKeys("cluster", json, KEYS);
    json.forEach(entry -> read(entry.getKey(), entry.getValue()));
  }

  private void read(String key, @Nullable Object value) {
    if (value == null) {
      return;
    }
    switch (key) {
      case "name" -> setName(text(key, value));
      case "host" -> setHost(text(key, value));
      case "port" -> setPort(port(key, value));
      case "join" -> setJoin(addresses(value));
      case "hazelcast" -> setHazelcast(text(key, value));
      case "eventBusHost" -> setEventBusHost(text(key, value));
      case "eventBusPort" -> setEventBusPort(port(key, value));
      default -> throw new AssertionError(key);
    }
  }

  private static String text(String key, Object value) {
    if (value instanceof String text && !text.isBlank()) {
      return text;
    }
    throw Options.refuse("cluster." + key, value, "text");
  }

  private static int port(String key, Object value) {
    long number = Options.wholeNumber("cluster." + key, value);
    return (int) Options.inRange("cluster." + key, number, 0, 65535);
  }

  private static List<HostPort> addresses(Object value) {
    if (value instanceof String text) {
      return HostPort.parseList("cluster.join", text);
    }
    if (!(value instanceof JsonArray array)) {
      throw Options.refuse("cluster.join", value, "a list of host:port");
    }
    List<HostPort> found = new ArrayList<>();
    for (Object one : array) {
      found.add(HostPort.parse("cluster.join", String.valueOf(one)));
    }
    return found;
  }

  /** Hosts and file are left out where they are not given. */
  public JsonObject toJson() {
    JsonArray addresses = new JsonArray();
    join.forEach(address -> addresses.add(address.toString()));
    JsonObject json =
        new JsonObject()
            .put("name", name)
            .put("port", port)
            .put("join", addresses)
            .put("eventBusPort", eventBusPort);
    if (host != null) {
      json.put("host", host);
    }
    if (hazelcast != null) {
      json.put("hazelcast", hazelcast);
    }
    if (eventBusHost != null) {
      json.put("eventBusHost", eventBusHost);
    }
    return json;
  }

  /** Name of the cluster. */
  public String getName() {
    return name;
  }

  public ClusterOptions setName(String name) {
    this.name = Options.name("cluster.name", name);
    return this;
  }

  /**
   * The address of this machine at which the others reach it; null: {@value #LOOPBACK}, or if the
   * first address of {@link #getJoin} is on another machine, the address that faces it.
   */
  public @Nullable String getHost() {
    return host;
  }

  public ClusterOptions setHost(@Nullable String host) {
    this.host = host;
    return this;
  }

  /** The port for membership; 0: a free one. */
  public int getPort() {
    return port;
  }

  /**
   * @param port 0 to 65535; one that is given is used or the start fails
   */
  public ClusterOptions setPort(int port) {
    this.port = (int) Options.inRange("cluster.port", port, 0, 65535);
    return this;
  }

  /** Where members may be found; empty: the nodes of the folders beside this node's own. */
  public List<HostPort> getJoin() {
    return join;
  }

  public ClusterOptions setJoin(List<HostPort> join) {
    this.join = List.copyOf(join);
    return this;
  }

  /**
   * A whole Hazelcast configuration, XML or YAML; then name, host, port and join of this one are
   * not used for membership. Null: the embedded one.
   */
  public @Nullable String getHazelcast() {
    return hazelcast;
  }

  public ClusterOptions setHazelcast(@Nullable String file) {
    this.hazelcast = file;
    return this;
  }

  /** Where the event bus listens; null: as {@link #getHost}. */
  public @Nullable String getEventBusHost() {
    return eventBusHost;
  }

  public ClusterOptions setEventBusHost(@Nullable String host) {
    this.eventBusHost = host;
    return this;
  }

  /** The port of the event bus; 0: a free one. */
  public int getEventBusPort() {
    return eventBusPort;
  }

  /**
   * @param port 0 to 65535
   */
  public ClusterOptions setEventBusPort(int port) {
    this.eventBusPort = (int) Options.inRange("cluster.eventBusPort", port, 0, 65535);
    return this;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ClusterOptions that && toJson().equals(that.toJson());
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
