package dev.tmem.cli.demo;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.tmem.Tmem;
import dev.tmem.TmemException;
import dev.tmem.cli.terminal.Amount;
import dev.tmem.cli.terminal.Ink;
import dev.tmem.cli.terminal.LiveTable;
import dev.tmem.cli.terminal.Table;
import dev.tmem.cli.terminal.Terminal;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Asks the nodes how they are, again and again, and draws it: on a terminal in place, elsewhere a
 * line now and then.
 *
 * <p>Thread-safe: its own monitor, which is not held while a node is asked.
 */
final class Monitor implements AutoCloseable {

  static final List<String> TIERS = List.of("zram", "ramster", "swapfile");

  private static final long REDRAW_MILLIS = 250;
  private static final long LINE_MILLIS = 2_000;
  private static final long ANSWER_SECONDS = 5;

  private final Terminal terminal;
  private final LiveTable live;
  private final CountDownLatch stop = new CountDownLatch(1);
  private final Thread thread;

  @GuardedBy("this")
  private final Map<String, Tmem> nodes = new LinkedHashMap<>();

  @GuardedBy("this")
  private final Map<String, NodeView> views = new LinkedHashMap<>();

  @GuardedBy("this")
  private Stage stage = new Stage("waiting", 0);

  Monitor(Terminal terminal) {
    this.terminal = terminal;
    this.live = new LiveTable(terminal);
    this.thread = Thread.ofVirtual().name("monitor").unstarted(this::watch);
  }

  /** Watches these nodes from now on. */
  void start(List<Tmem> watched) {
    synchronized (this) {
      for (Tmem node : watched) {
        nodes.put(node.nodeName(), node);
        views.put(node.nodeName(), NodeView.unknown(node.nodeName()));
      }
    }
    thread.start();
  }

  /** What is going on now. */
  Stage begin(String label, long totalPages) {
    Stage begun = new Stage(label, totalPages);
    synchronized (this) {
      stage = begun;
    }
    return begun;
  }

  /** Writes a line that stays. */
  void say(String line) {
    live.above(line);
  }

  /** A node is no more, and not asked again. */
  synchronized void killed(String name) {
    nodes.remove(name);
    views.computeIfPresent(name, (key, view) -> view.in("killed"));
  }

  /** Asks all nodes now. */
  List<NodeView> look() {
    Map<String, Tmem> asked;
    synchronized (this) {
      asked = new LinkedHashMap<>(nodes);
    }
    asked.forEach((name, node) -> show(ask(name, node)));
    return views();
  }

  private NodeView ask(String name, Tmem node) {
    try {
      JsonObject stats =
          node.admin("stats", new JsonObject()).await(ANSWER_SECONDS, TimeUnit.SECONDS);
      return new NodeView(name, "up", stats);
    } catch (TmemException | TimeoutException noAnswer) {
      return view(name).in("silent");
    }
  }

  private synchronized NodeView view(String name) {
    return views.getOrDefault(name, NodeView.unknown(name));
  }

  private synchronized void show(NodeView view) {
    if (nodes.containsKey(view.name())) {
      views.put(view.name(), view);
    }
  }

  private synchronized List<NodeView> views() {
    return List.copyOf(views.values());
  }

  private void watch() {
    long pause = live.inPlace() ? REDRAW_MILLIS : LINE_MILLIS;
    try {
      while (!stop.await(pause, TimeUnit.MILLISECONDS)) {
        List<NodeView> seen = look();
        Stage now;
        synchronized (this) {
          now = stage;
        }
        live.draw(live.inPlace() ? drawing(now, seen) : List.of(line(now, seen)));
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private List<String> drawing(Stage now, List<NodeView> seen) {
    List<String> lines = new ArrayList<>();
    lines.add("");
    lines.add(Ink.BOLD.on(now.text(), terminal.colourOut()));
    lines.addAll(table(seen).lines(terminal.colourOut()));
    return lines;
  }

  /** Pages and bytes by tier and node, in columns that stay where they are. */
  static Table table(List<NodeView> seen) {
    Table table = new Table("node", ">zram", ">ramster", ">swapfile", ">for peers", ">resident");
    for (NodeView view : seen) {
      if (!view.state().equals("up")) {
        table.row(view.name(), new Table.Cell(view.state(), Ink.BAD), "-", "-", "-", "-");
        continue;
      }
      List<Object> row = new ArrayList<>();
      row.add(view.name());
      for (String tier : TIERS) {
        row.add(pair(view.pages(tier), view.bytes(tier)));
      }
      row.add(pair(view.number("foreignPages"), view.number("foreignBytes")));
      row.add(Amount.shortBytes(view.number("rssBytes")));
      table.row(row.toArray());
    }
    return table;
  }

  private static String pair(long pages, long bytes) {
    return "%7s %6s".formatted(Amount.count(pages), Amount.shortBytes(bytes));
  }

  private static String line(Stage now, List<NodeView> seen) {
    StringBuilder line = new StringBuilder(now.text());
    NodeView first = seen.getFirst();
    for (String tier : TIERS) {
      line.append("; ").append(tier).append(' ').append(Amount.count(first.pages(tier)));
      line.append(" (").append(Amount.shortBytes(first.bytes(tier))).append(')');
    }
    return line.toString();
  }

  /** Stops watching; the last drawing is taken away. Idempotent. */
  @Override
  public void close() {
    stop.countDown();
    try {
      if (thread.getState() != Thread.State.NEW) {
        thread.join();
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
    live.clear();
  }
}
