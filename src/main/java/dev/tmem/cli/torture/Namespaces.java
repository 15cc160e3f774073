package dev.tmem.cli.torture;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A network namespace for each node, and a bridge between them, as Linux gives them to root, or to
 * anybody in a user namespace of his own ({@link UserNamespace}). A node is cut off when its end of
 * the cable is taken out of the bridge. Confined to the main thread, but for {@link #close}, which
 * may be called from a shutdown hook.
 */
final class Namespaces implements Network {

  private static final Logger LOG = LoggerFactory.getLogger(Namespaces.class);

  /** What a thin link carries, and how long it may keep what it does not. */
  private static final List<String> THIN =
      List.of("tbf", "rate", "4mbit", "burst", "32kbit", "latency", "200ms");

  private static final int SUBNETS = 250;

  private final long pid = ProcessHandle.current().pid();
  private final String bridge = "tm" + pid;
  private final List<Integer> made = new ArrayList<>();
  private boolean closed;

  /** Null: they are made where this process is. */
  private final @Nullable UserNamespace around;

  private Namespaces(@Nullable UserNamespace around) {
    this.around = around;
  }

  /**
   * Makes them.
   *
   * @throws IOException if this machine does not allow it; nothing is left then
   */
  static Namespaces of(int nodes) throws IOException {
    return made(new Namespaces(null), nodes);
  }

  /** As {@link #of}, within a user namespace, which needs no root where the machine allows it. */
  static Namespaces ofUser(int nodes) throws IOException {
    return made(new Namespaces(UserNamespace.open()), nodes);
  }

  private static Namespaces made(Namespaces namespaces, int nodes) throws IOException {
    boolean done = false;
    try {
      namespaces.ip("link", "add", namespaces.bridge, "type", "bridge");
      namespaces.ip("link", "set", namespaces.bridge, "up");
      for (int node = 0; node < nodes; node++) {
        namespaces.make(node);
      }
      namespaces.slow(0);
      namespaces.quick(0);
      done = true;
      return namespaces;
    } finally {
      if (!done) {
        namespaces.close();
      }
    }
  }

  private void make(int node) throws IOException {
    ip("netns", "add", space(node));
    made.add(node);
    ip("link", "add", cable(node), "type", "veth", "peer", "name", "eth0", "netns", space(node));
    ip("link", "set", cable(node), "master", bridge, "up");
    ip("-n", space(node), "addr", "add", host(node) + "/24", "dev", "eth0");
    ip("-n", space(node), "link", "set", "eth0", "up");
    ip("-n", space(node), "link", "set", "lo", "up");
  }

  private void ip(String... words) throws IOException {
    List<String> command = outside("ip");
    command.addAll(List.of(words));
    Commands.run(command);
  }

  /** A command that is run where the namespaces are made. */
  private List<String> outside(String... words) {
    List<String> command = new ArrayList<>(around == null ? List.of() : around.prefix());
    command.addAll(List.of(words));
    return command;
  }

  private String space(int node) {
    return "tmem-" + pid + "-" + node;
  }

  private String cable(int node) {
    return bridge + "v" + node;
  }

  @Override
  public boolean hasLinks() {
    return true;
  }

  @Override
  public String host(int node) {
    return "10.213." + pid % SUBNETS + "." + (node + 1);
  }

  @Override
  public List<String> prefix(int node) {
    return outside("ip", "netns", "exec", space(node));
  }

  @Override
  public void cutOff(int node) throws IOException {
    ip("link", "set", cable(node), "nomaster");
  }

  @Override
  public void join(int node) throws IOException {
    ip("link", "set", cable(node), "master", bridge);
  }

  @Override
  public void slow(int node) throws IOException {
    List<String> command = new ArrayList<>(prefix(node));
    command.addAll(List.of("tc", "qdisc", "add", "dev", "eth0", "root"));
    command.addAll(THIN);
    Commands.run(command);
  }

  @Override
  public void quick(int node) throws IOException {
    List<String> command = new ArrayList<>(prefix(node));
    command.addAll(List.of("tc", "qdisc", "del", "dev", "eth0", "root"));
    Commands.run(command);
  }

  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    made.forEach(node -> tryIp("netns", "del", space(node)));
    tryIp("link", "del", bridge);
    if (around != null) {
      around.close();
    }
  }

  private void tryIp(String... words) {
    try {
      ip(words);
    } catch (IOException left) {
      LOG.debug("{}", left.getMessage());
    }
  }
}
