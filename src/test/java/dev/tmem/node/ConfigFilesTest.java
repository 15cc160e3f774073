package dev.tmem.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.hazelcast.config.Config;
import com.hazelcast.config.ConfigXmlGenerator;
import com.hazelcast.config.MultiMapConfig;
import dev.tmem.ErrorCode;
import dev.tmem.TmemException;
import dev.tmem.TmemOptions;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The configuration files that users are given, and those that they get wrong. */
class ConfigFilesTest {

  private static final Path EXAMPLES = Path.of("cluster-config");

  @TempDir Path folder;

  // ---- node.yaml

  @Test
  void nodeYamlHoldsEveryKeyWithItsDefault() {
    assertEquals(new NodeOptions(), NodeOptions.read(EXAMPLES.resolve("node.yaml")));
    JsonObject documented = ConfigFile.read(EXAMPLES.resolve("node.yaml"));
    assertEquals(
        keysOf(assertRefused(() -> new NodeOptions(new JsonObject().put("no such", 1)))),
        new TreeSet<>(documented.fieldNames()));
    assertEquals(
        keysOf(assertRefused(() -> new ClusterOptions(new JsonObject().put("no such", 1)))),
        new TreeSet<>(documented.getJsonObject("cluster").fieldNames()));
  }

  /** The keys that a refusal of an unknown one lists. */
  private static Set<String> keysOf(TmemException refusal) {
    String text = refusal.toString();
    return new TreeSet<>(List.of(text.substring(text.lastIndexOf("it has ") + 7).split(", ")));
  }

  @Test
  void everyExampleIsRead() {
    NodeOptions machine = NodeOptions.read(EXAMPLES.resolve("three-machines/node.yaml"));
    assertEquals(3, machine.getCluster().getJoin().size());
    assertEquals(8L << 30, machine.getTmem().getMemoryLimit());
    NodeOptions pod = NodeOptions.read(EXAMPLES.resolve("kubernetes/node.yaml"));
    assertEquals("/etc/tmem/hazelcast.yaml", pod.getCluster().getHazelcast());
    for (String file : List.of("three-machines/hazelcast.yaml", "kubernetes/hazelcast.yaml")) {
      Config config = ClusterConfig.fromFile(EXAMPLES.resolve(file));
      assertEquals("tmem", config.getClusterName());
      assertFalse(config.getNetworkConfig().getJoin().getMulticastConfig().isEnabled());
    }
  }

  @Test
  void jsonGoesBothWays() {
    NodeOptions options = new NodeOptions();
    options.setTmem(new TmemOptions().setName("alpha").setMemoryLimit(64 << 20).setSwapFileSize(0));
    options.setCluster(
        new ClusterOptions()
            .setHost("10.0.0.1")
            .setPort(5701)
            .setJoin(List.of(new HostPort("10.0.0.2", 5701), new HostPort("::1", 5702)))
            .setHazelcast("h.xml")
            .setEventBusHost("10.1.0.1")
            .setEventBusPort(5711));
    assertEquals(options, new NodeOptions(new JsonObject(options.toJson().encode())));
    assertEquals(options, new NodeOptions(options));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          nmae: alpha                     | nmae      | memoryLimit
          name: 'a b'                     | a b       | letters
          memoryLimit: 12q                | 12q       | 64m
          memoryLimit: 1m                 | 1048576   | 16777216
          maxAreas: many                  | many      | a whole number
          maxAreas: 99999999999           | 99999999999 | 1000000
          tiers: []                       | []        | each once
          tiers: 'zram, zram'             | zram      | each once
          tiers: 7                        | 7         | a list of names
          tiers: [a b]                    | a b       | letters
          backends: [attic]               | attic     | by name
          backends: {attic: /var}         | attic     | an object with a provider
          backends: {attic: {folder: /v}} | attic     | an object with a provider
          transport: pigeons              | pigeons   | channel
          channelPort: 70000              | 70000     | 65535
          cluster: here                   | here      | an object
          cluster: {hots: 10.0.0.1}       | hots      | eventBusHost
          cluster: {port: 70000}          | 70000     | 65535
          cluster: {host: 17}             | 17        | text
          cluster: {join: 10.0.0.1}       | 10.0.0.1  | host:port
          cluster: {join: [10.0.0.1:0]}   | 10.0.0.1:0 | 65535
          cluster: {join: 5}              | 5         | host:port
          'name: a\\nname: b'             | name      | line 2
          '- a'                           | keys      | values
          'name: ['                       | node.yaml | line
          """)
  void whatIsWrongIsNamedWithWhatIsAllowed(String text, String value, String allowed)
      throws IOException {
    Path file = folder.resolve("node.yaml");
    Files.writeString(file, text.replace("\\n", "\n"));
    String message = assertRefused(() -> NodeOptions.read(file)).toString();
    assertTrue(message.contains(file.toString()), message);
    assertTrue(message.contains(value), message);
    assertTrue(message.contains(allowed), message);
  }

  @Test
  void aFileMayBeJsonOrEmptyButMustExist() throws IOException {
    Path json = folder.resolve("node.json");
    Files.writeString(json, "{\"name\": \"alpha\", \"cluster\": {\"join\": \"a:1,[::1]:2\"}}");
    NodeOptions read = NodeOptions.read(json);
    assertEquals("alpha", read.getTmem().getName());
    assertEquals(
        List.of(new HostPort("a", 1), new HostPort("::1", 2)), read.getCluster().getJoin());
    Path empty = folder.resolve("empty.yaml");
    Files.writeString(empty, "# nothing yet\n");
    assertEquals(new NodeOptions(), NodeOptions.read(empty));
    String message = assertRefused(() -> NodeOptions.read(folder.resolve("none.yaml"))).toString();
    assertTrue(message.contains("none.yaml: no such file"), message);
  }

  // ---- Hazelcast's

  @Test
  void hazelcastYamlIsWhatTheEmbeddedConfigurationEquals() {
    List<HostPort> members =
        List.of(
            new HostPort("127.0.0.1", 5701),
            new HostPort("127.0.0.1", 5702),
            new HostPort("127.0.0.1", 5703));
    Config embedded = ClusterConfig.embedded("tmem", "127.0.0.1", 5701, false, members);
    Config file = ClusterConfig.fromFile(EXAMPLES.resolve("hazelcast.yaml"));
    assertEquals(text(embedded), text(file));
    assertEquals(embedded.getProperties(), file.getProperties());
  }

  private static String text(Config config) {
    return new ConfigXmlGenerator(true, false).generate(config);
  }

  @Test
  void whatVertxNeedsIsAddedToAFileWithoutIt() throws IOException {
    Path xml = folder.resolve("hazelcast.xml");
    Files.writeString(
        xml,
        """
        <hazelcast xmlns="http://www.hazelcast.com/schema/config">
          <cluster-name>mine</cluster-name>
          <map name="__vertx.nodeInfo"><backup-count>2</backup-count></map>
        </hazelcast>
        """);
    Config config = ClusterConfig.fromFile(xml);
    assertEquals("mine", config.getClusterName());
    assertEquals(2, config.getMapConfig("__vertx.nodeInfo").getBackupCount(), "kept as it was");
    MultiMapConfig subs = Objects.requireNonNull(config.getMultiMapConfigs().get("__vertx.subs"));
    assertEquals(MultiMapConfig.ValueCollectionType.SET, subs.getValueCollectionType());
    assertEquals("false", config.getProperty("hazelcast.shutdownhook.enabled"));
  }

  @Test
  void aFileThatHazelcastDoesNotTakeIsRefused() throws IOException {
    Path wrong = folder.resolve("hazelcast.yaml");
    Files.writeString(wrong, "hazelcast:\n  netwrok:\n    port: 1\n");
    String message = assertRefused(() -> ClusterConfig.fromFile(wrong)).toString();
    assertTrue(message.contains("netwrok"), message);
    Path none = folder.resolve("none.xml");
    assertTrue(assertRefused(() -> ClusterConfig.fromFile(none)).toString().contains("none.xml"));
  }

  private static TmemException assertRefused(org.junit.jupiter.api.function.Executable executable) {
    TmemException refused = assertThrows(TmemException.class, executable);
    assertEquals(ErrorCode.INVALID_OPTION, refused.code(), refused.toString());
    return refused;
  }
}
