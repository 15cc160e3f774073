package dev.tmem.cli.torture;

import dev.tmem.Options;
import dev.tmem.SharedOptions;
import dev.tmem.TmemOptions;
import dev.tmem.cli.demo.JavaCommand;
import dev.tmem.node.ClusterOptions;
import dev.tmem.node.HostPort;
import dev.tmem.node.NodeOptions;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The members, their network and the folder with everything they write. All of it is gone when it
 * is closed, or when this process ends for any reason but SIGKILL; then the members notice that
 * their standard input is closed, and end.
 *
 * <p>Confined to the main thread, but for the shutdown hook: {@code members} is guarded by this.
 */
final class Cluster implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Cluster.class);

  private static final long MEMORY_BYTES = 40L << 20;
  private static final long LEND_BYTES = 20L << 20;
  private static final int MEMBERSHIP_PORT = 5_701;
  private static final String HEAP = "-Xmx512m";
  private static final long STATE_SECONDS = 120;

  private final TortureOptions options;
  private final JavaCommand java;
  private final Network network;
  private final Path folder;
  private final String name = "tmem-torture-" + ProcessHandle.current().pid();
  private final Thread hook = new Thread(this::abandon, "end of the torture");
  private final List<Member> members = new ArrayList<>();
  private boolean ended;

  /** Processes that were started. */
  private int lives;

  /**
   * @param network closed with this
   */
  Cluster(TortureOptions options, JavaCommand java, Network network) throws IOException {
    this.options = options;
    this.java = java;
    this.network = network;
    this.folder = Files.createTempDirectory("tmem-torture-");
    Runtime.getRuntime().addShutdownHook(hook);
  }

  Network network() {
    return network;
  }

  /** Starts all, and waits until each takes words. */
  void start() throws IOException {
    for (int node = 0; node < options.nodes(); node++) {
      Files.createDirectories(folder.resolve(nodeName(node)));
      Files.writeString(config(node), options(node).toJson().encodePrettily());
      add(node, start(node));
    }
    for (Member member : members()) {
      member.awaitReady();
    }
  }

  static String nodeName(int node) {
    return "node-" + (node + 1);
  }

  private Path config(int node) {
    return folder.resolve(nodeName(node) + ".json");
  }

  private Path log(int node) {
    return folder.resolve(nodeName(node) + ".log");
  }

  private NodeOptions options(int node) {
    ClusterOptions cluster = new ClusterOptions().setName(name);
    if (network.hasLinks()) {
      cluster
          .setHost(network.host(node))
          .setPort(MEMBERSHIP_PORT)
          .setJoin(
              IntStream.range(0, options.nodes())
                  .mapToObj(other -> new HostPort(network.host(other), MEMBERSHIP_PORT))
                  .toList());
    }
    return new NodeOptions()
        .setTmem(
            new TmemOptions()
                .setName(nodeName(node))
                .setDataFolder(folder.resolve(nodeName(node)).toString())
                .setMemoryLimit(MEMORY_BYTES)
                .setLendLimit(LEND_BYTES)
                .setTransport(options.transport())
                .setShared(new SharedOptions().setLimit(SharedWorkload.LIMIT_BYTES))
                .setSwapFileSize(TmemOptions.MIN_SWAP_FILE_SIZE))
        .setCluster(cluster);
  }

  /** Each life of a node has other clients' choices. */
  private Member start(int node) throws IOException {
    List<String> words = new ArrayList<>(network.prefix(node));
    words.addAll(
        java.with(
            List.of(HEAP),
            List.of(
                "torture-member",
                "--config",
                config(node).toString(),
                "--seed",
                Long.toString(options.seed() * 1_000 + ++lives),
                "--workload",
                Options.word(options.workload()),
                "--ledger",
                folder.resolve("ledger").toString())));
    return Member.start(nodeName(node), words, log(node));
  }

  private synchronized void add(int node, Member member) {
    if (ended) {
      member.destroy();
    }
    if (node < members.size()) {
      members.set(node, member);
    } else {
      members.add(member);
    }
  }

  /** A new process in the place of one that was killed. */
  Member restart(int node) throws IOException {
    Member member = start(node);
    add(node, member);
    member.awaitReady();
    return member;
  }

  synchronized List<Member> members() {
    return List.copyOf(members);
  }

  Member member(int node) {
    return members().get(node);
  }

  /** How all of them are. */
  Check look() throws IOException {
    Map<String, JsonObject> states = new LinkedHashMap<>();
    for (Member member : members()) {
      states.put(member.name(), member.ask(MemberMain.STATE, STATE_SECONDS));
    }
    return options.workload().check(states);
  }

  /** Lines of the nodes' logs that tell of trouble, the last ones of each. */
  List<String> troubles(int most) throws IOException {
    List<String> troubles = new ArrayList<>();
    for (int node = 0; node < options.nodes(); node++) {
      if (Files.exists(log(node))) {
        String of = nodeName(node);
        List<String> lines =
            Files.readAllLines(log(node)).stream()
                .filter(line -> line.contains(" ERROR ") || line.contains(" WARN "))
                .map(line -> of + ": " + line)
                .toList();
        troubles.addAll(lines.subList(Math.max(0, lines.size() - most), lines.size()));
      }
    }
    return troubles;
  }

  @Override
  public void close() {
    abandon();
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException shuttingDown) {
      return; // the hook runs or has run, and finds nothing left to do
    }
  }

  private void abandon() {
    synchronized (this) {
      if (ended) {
        return;
      }
      ended = true;
      members.forEach(Member::destroy);
      members.forEach(Cluster::awaitEnd);
    }
    network.close();
    delete();
  }

  private static void awaitEnd(Member member) {
    try {
      member.awaitEnd();
    } catch (IOException survives) {
      LOG.warn("{}", survives.getMessage());
    }
  }

  private void delete() {
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(path);
      }
    } catch (IOException | UncheckedIOException undeletable) {
      LOG.warn("{} could not be deleted: {}", folder, undeletable.toString());
    }
  }
}
