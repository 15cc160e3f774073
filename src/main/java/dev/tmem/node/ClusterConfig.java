package dev.tmem.node;

import com.hazelcast.config.Config;
import com.hazelcast.config.FileSystemXmlConfig;
import com.hazelcast.config.FileSystemYamlConfig;
import com.hazelcast.config.JoinConfig;
import com.hazelcast.config.MapConfig;
import com.hazelcast.config.MultiMapConfig;
import com.hazelcast.config.NetworkConfig;
import com.hazelcast.core.HazelcastException;
import dev.tmem.ErrorCode;
import dev.tmem.TmemException;
import java.io.FileNotFoundException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * The Hazelcast configuration of a member: the embedded one, or a file. {@code
 * cluster-config/hazelcast.yaml} is what the embedded one equals; a test compares the two.
 *
 * <p>Hazelcast brings membership and Vert.x's address tables and nothing else. Its own traffic is
 * neither encrypted nor authenticated.
 */
final class ClusterConfig {

  /** How far the port is counted up when the wished one is taken. */
  static final int PORT_RANGE = 100;

  /** Seconds after which a silent member is out; below that a long pause looks like death. */
  private static final int NO_HEARTBEAT_SECONDS = 5;

  /** Seconds between looks for another part of the same cluster, after a split or a race. */
  private static final int MERGE_SECONDS = 5;

  /** Seconds that leaving may take to move Vert.x's address tables to others. */
  private static final int LEAVE_SECONDS = 5;

  private static final String SUBSCRIPTIONS = "__vertx.subs";
  private static final List<String> MAPS = List.of("__vertx.haInfo", "__vertx.nodeInfo");

  private ClusterConfig() {}

  /**
   * The embedded configuration.
   *
   * @param port where to listen; counted up if {@code exact} is false and it is taken
   * @param members where others may be found; every one is tried
   */
  static Config embedded(
      String clusterName, String host, int port, boolean exact, List<HostPort> members) {
    Config config = new Config();
    config.setClusterName(clusterName);
    network(config.getNetworkConfig(), host, port, exact, members);
    config.getJetConfig().setEnabled(false);
    config.getMetricsConfig().setEnabled(false);
    config.setProperty("hazelcast.logging.type", "slf4j");
    config.setProperty("hazelcast.phone.home.enabled", "false");
    config.setProperty("hazelcast.shutdownhook.enabled", "false");
    config.setProperty("hazelcast.socket.bind.any", "false");
    config.setProperty("hazelcast.wait.seconds.before.join", "0");
    config.setProperty("hazelcast.heartbeat.interval.seconds", "1");
    config.setProperty("hazelcast.max.no.heartbeat.seconds", "" + NO_HEARTBEAT_SECONDS);
    config.setProperty("hazelcast.merge.first.run.delay.seconds", "" + MERGE_SECONDS);
    config.setProperty("hazelcast.merge.next.run.delay.seconds", "" + MERGE_SECONDS);
    config.setProperty("hazelcast.graceful.shutdown.max.wait", "" + LEAVE_SECONDS);
    addVertxStructures(config);
    return config;
  }

  private static void network(
      NetworkConfig network, String host, int port, boolean exact, List<HostPort> members) {
    network.setPort(port).setPortAutoIncrement(!exact).setPortCount(PORT_RANGE);
    network.setReuseAddress(true);
    network.getInterfaces().setEnabled(true).addInterface(host);
    JoinConfig join = network.getJoin();
    join.getAutoDetectionConfig().setEnabled(false);
    join.getMulticastConfig().setEnabled(false);
    join.getTcpIpConfig().setEnabled(true);
    members.forEach(member -> join.getTcpIpConfig().addMember(member.toString()));
  }

  /**
   * A whole configuration from a file, XML if its name ends so, else YAML; what Vert.x needs is
   * added if it is missing.
   *
   * @throws TmemException with {@link ErrorCode#INVALID_OPTION} if Hazelcast does not take it
   */
  static Config fromFile(Path file) {
    Config config;
    try {
      config = load(file);
    } catch (FileNotFoundException absent) {
      throw refuse(file, "cannot be read", absent);
    } catch (HazelcastException | IllegalArgumentException wrong) {
      throw refuse(file, "is no Hazelcast configuration: " + wrong.getMessage(), wrong);
    }
    addVertxStructures(config);
    // Vert.x stops Hazelcast itself; its own hook would do so under Vert.x's feet.
    addProperty(config, "hazelcast.shutdownhook.enabled", "false");
    addProperty(config, "hazelcast.logging.type", "slf4j");
    return config;
  }

  private static Config load(Path file) throws FileNotFoundException {
    return file.toString().toLowerCase(Locale.ROOT).endsWith(".xml")
        ? new FileSystemXmlConfig(file.toString())
        : new FileSystemYamlConfig(file.toString());
  }

  private static void addProperty(Config config, String key, String value) {
    if (config.getProperty(key) == null) {
      config.setProperty(key, value);
    }
  }

  /** Adds each structure that the configuration does not name. */
  private static void addVertxStructures(Config config) {
    if (!config.getMultiMapConfigs().containsKey(SUBSCRIPTIONS)) {
      config.addMultiMapConfig(
          new MultiMapConfig(SUBSCRIPTIONS)
              .setBackupCount(1)
              .setValueCollectionType(MultiMapConfig.ValueCollectionType.SET));
    }
    for (String map : MAPS) {
      if (!config.getMapConfigs().containsKey(map)) {
        config.addMapConfig(new MapConfig(map).setBackupCount(1));
      }
    }
  }

  private static TmemException refuse(Path file, String why, Exception cause) {
    return new TmemException(ErrorCode.INVALID_OPTION, file + ": " + why, cause);
  }
}
