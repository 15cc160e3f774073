package dev.tmem.node;

import com.hazelcast.config.Config;
import dev.tmem.ErrorCode;
import dev.tmem.Options;
import dev.tmem.TmemException;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.eventbus.EventBusOptions;
import io.vertx.core.file.FileSystemOptions;
import io.vertx.spi.cluster.hazelcast.HazelcastClusterManager;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Starts one clustered Vert.x. Blocks the calling thread, which must not be Vert.x's own.
 *
 * <p>Immutable.
 *
 * @param options where to listen; its own list of members is not used
 * @param host the address to listen at, in digits
 * @param port the port for membership
 * @param exact whether another port would not do
 * @param members where others may be found
 * @param lite whether this member keeps none of the cluster's data: it comes and goes cheaply
 */
record ClusterMember(
    ClusterOptions options,
    String host,
    int port,
    boolean exact,
    List<HostPort> members,
    boolean lite) {

  private static final long START_SECONDS = 120;
  private static final long CLOSE_SECONDS = 30;

  /** A member at the address that the options ask for, or at a free port. */
  static ClusterMember of(ClusterOptions options, boolean lite) {
    String host = LocalAddress.of(options);
    int port = options.getPort();
    boolean exact = port != ClusterOptions.DEFAULT_PORT;
    if (exact && options.getHazelcast() == null) {
      LocalAddress.requireFree("cluster.port", host, port);
    }
    String bus = options.getEventBusHost() == null ? host : options.getEventBusHost();
    if (options.getEventBusPort() != ClusterOptions.DEFAULT_PORT) {
      LocalAddress.requireFree("cluster.eventBusPort", bus, options.getEventBusPort());
    }
    return new ClusterMember(
        options, host, exact ? port : freePort(host), exact, options.getJoin(), lite);
  }

  private static int freePort(String host) {
    try {
      return LocalAddress.freePort(host);
    } catch (IOException unusable) {
      throw Options.refuse("cluster.host", host, "an address on which a port can be opened");
    }
  }

  ClusterMember withMembers(List<HostPort> found) {
    return new ClusterMember(options, host, port, exact, found, lite);
  }

  /** Where it will listen, unless somebody takes that port before. */
  HostPort address() {
    return new HostPort(host, port);
  }

  /**
   * Starts and joins.
   *
   * @throws TmemException with {@link ErrorCode#INVALID_OPTION} if the configuration is not taken,
   *     or {@link ErrorCode#INTERNAL} if the start fails
   */
  Vertx start() {
    String file = options.getHazelcast();
    Config config =
        file == null
            ? ClusterConfig.embedded(options.getName(), host, port, exact, members)
            : ClusterConfig.fromFile(Path.of(file));
    config.setLiteMember(lite || config.isLiteMember());
    Future<Vertx> starting =
        Vertx.builder()
            .with(vertxOptions())
            .withClusterManager(new Manager(config))
            .buildClustered();
    try {
      return Waiting.get(starting, START_SECONDS, "joining the cluster from " + address());
    } catch (TmemException failed) {
      starting.onSuccess(Vertx::close);
      throw failed;
    }
  }

  private VertxOptions vertxOptions() {
    EventBusOptions bus = new EventBusOptions().setPort(options.getEventBusPort());
    String busHost = eventBusHost();
    if (busHost != null) {
      bus.setHost(busHost);
    }
    return new VertxOptions()
        .setEventBusOptions(bus)
        .setFileSystemOptions(
            new FileSystemOptions()
                .setClassPathResolvingEnabled(false)
                .setFileCachingEnabled(false));
  }

  /** Null: where Hazelcast's own file makes it listen. */
  private @Nullable String eventBusHost() {
    String given = options.getEventBusHost();
    if (given != null) {
      return LocalAddress.own("cluster.eventBusHost", given);
    }
    return options.getHazelcast() != null && options.getHost() == null ? null : host;
  }

  /** Vert.x asks it where to listen if it was not told; the default would be any network card. */
  private static final class Manager extends HazelcastClusterManager {

    Manager(Config config) {
      super(config);
    }

    @Override
    public String clusterHost() {
      return getHazelcastInstance()
          .getCluster()
          .getLocalMember()
          .getSocketAddress()
          .getAddress()
          .getHostAddress();
    }
  }

  /** Leaves the cluster; gives up waiting after a while. */
  static void leave(Vertx vertx) {
    Waiting.get(vertx.close(), CLOSE_SECONDS, "leaving the cluster");
  }
}
