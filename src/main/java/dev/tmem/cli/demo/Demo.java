package dev.tmem.cli.demo;

import dev.tmem.SwapArea;
import dev.tmem.SwapAreaOptions;
import dev.tmem.Tmem;
import dev.tmem.cli.client.BatchWindow;
import dev.tmem.cli.client.NodeClient;
import dev.tmem.cli.client.Patience;
import dev.tmem.cli.terminal.Amount;
import dev.tmem.cli.terminal.Terminal;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.LongStream;

/**
 * The demonstration, step by step: start, import, time loads of each tier, overwrite, kill, verify,
 * stop. The first node owns the pages.
 *
 * <p>Confined to the main thread.
 */
public final class Demo {

  private static final String AREA = "demo";
  private static final int PAGE_SIZE = SwapAreaOptions.DEFAULT_PAGE_SIZE;

  /** How long pages may still be on their way down after the import, in looks. */
  private static final int SETTLE_LOOKS = 40;

  private static final long SETTLE_PAUSE_MILLIS = 250;

  private final DemoOptions options;
  private final JavaCommand java;
  private final Terminal terminal;
  private final Findings found = new Findings();

  /**
   * @param java how nodes are started
   * @param terminal where people follow it
   */
  public Demo(DemoOptions options, JavaCommand java, Terminal terminal) {
    this.options = options;
    this.java = java;
    this.terminal = terminal;
  }

  /** What it came to. */
  public record Outcome(boolean allRight, JsonObject json) {}

  /**
   * Runs it from end to end.
   *
   * @throws IOException if a file or process fails it
   * @throws dev.tmem.TmemException if a node does
   */
  public Outcome run() throws IOException {
    long began = System.nanoTime();
    PageSource source =
        options.data().isEmpty()
            ? PageSource.ofJdk(PAGE_SIZE, options.defaultBytes())
            : PageSource.of(PAGE_SIZE, options.data());
    found.files = source.files();
    found.pages = source.pages();
    found.bytes = source.bytes();
    try (DemoCluster cluster = new DemoCluster()) {
      terminal.print(opening());
      cluster.start(java, options, source.bytes());
      try (NodeClient client = NodeClient.join(cluster.client());
          Monitor monitor = new Monitor(terminal)) {
        monitor.say("Started in " + Amount.seconds((System.nanoTime() - began) / 1e9) + ".");
        onCluster(cluster, client, monitor, source);
      }
    }
    found.seconds = (System.nanoTime() - began) / 1e9;
    terminal.print(new Report(found, terminal.colourOut()).lines());
    return new Outcome(found.allRight(), found.toJson());
  }

  private String opening() {
    String nodes =
        options.nodes() == 1
            ? "One node with " + Amount.bytes(options.poolBytes()) + " of RAM"
            : "%d nodes with %s of RAM each, of which they lend %s"
                .formatted(
                    options.nodes(),
                    Amount.bytes(options.poolBytes()),
                    Amount.bytes(options.lendBytes()));
    return "%s; %s pages, %s of files (%s)."
        .formatted(
            nodes, Amount.count(found.pages), Amount.bytes(found.bytes), Amount.count(found.files));
  }

  private void onCluster(DemoCluster cluster, NodeClient client, Monitor monitor, PageSource source)
      throws IOException {
    List<Tmem> nodes = new ArrayList<>();
    for (NodeProcess node : cluster.nodes()) {
      nodes.add(client.connect(node.name()));
    }
    monitor.start(nodes);
    Tmem owner = nodes.getFirst();
    SwapArea area = owner.swapOn(AREA, new SwapAreaOptions().setPageSize(PAGE_SIZE)).await();
    Ledger ledger = new Ledger(source, PAGE_SIZE);
    Loads loads = new Loads(area, ledger);
    importAll(area, source, ledger, monitor);
    settle(owner, monitor);
    timeLoads(owner, loads, monitor);
    overwrite(area, ledger, loads, monitor);
    kill(owner, cluster, monitor);
    Stage stage = monitor.begin("verifying every page", found.pages);
    loads.judge(LongStream.range(0, found.pages).toArray(), stage, found.last, found.all);
    monitor.say(
        "Verified %s of %s pages."
            .formatted(Amount.count(found.verified()), Amount.count(found.pages)));
    monitor.begin("stopping", 0);
  }

  private void importAll(SwapArea area, PageSource source, Ledger ledger, Monitor monitor)
      throws IOException {
    Stage stage = monitor.begin("importing", found.pages);
    try (BatchWindow window = new BatchWindow()) {
      for (long at = 0; at < found.pages; at += Loads.BATCH_PAGES) {
        long from = at;
        int count = (int) Math.min(Loads.BATCH_PAGES, found.pages - at);
        window.submit(() -> {
          List<byte[]> pages = source.pages(from, count);
          for (int i = 0; i < count; i++) {
            ledger.imported(from + i, pages.get(i));
          }
          long[] offsets = LongStream.range(from, from + count).toArray();
          Patience.MUCH.storeAll(area, offsets, pages.stream().map(Buffer::buffer).toList());
          stage.add(count);
        });
      }
      window.finish();
    }
    found.importSeconds = stage.seconds();
    found.storePagesPerSecond = stage.pagesPerSecond();
    monitor.say(
        "Imported in %s, %s."
            .formatted(
                Amount.seconds(found.importSeconds),
                Amount.bytesPerSecond(found.bytes / found.importSeconds)));
  }

  /** Notes where pages are, once they have stopped moving. */
  private void settle(Tmem owner, Monitor monitor) {
    monitor.begin("settling", 0);
    JsonObject before = new JsonObject();
    JsonObject stats = stats(owner);
    for (int look = 0; look < SETTLE_LOOKS && !isSteady(before, stats); look++) {
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(SETTLE_PAUSE_MILLIS));
      before = stats;
      stats = stats(owner);
    }
    found.nodes = monitor.look();
    found.pagesByBackend = inOrder(stats.getJsonObject("pagesByBackend"));
    found.extraCopiesByBackend = stats.getJsonObject("extraCopiesByBackend", new JsonObject());
    found.compressedBytes =
        stats.getJsonObject("counters", new JsonObject()).getLong("compr_bytes_in", 0L);
  }

  private static JsonObject stats(Tmem owner) {
    return owner.admin("stats", new JsonObject().put("area", AREA)).await();
  }

  private boolean isSteady(JsonObject before, JsonObject now) {
    JsonObject places = now.getJsonObject("pagesByBackend");
    long sum = places.fieldNames().stream().mapToLong(places::getLong).sum();
    return sum == found.pages && places.equals(before.getJsonObject("pagesByBackend"));
  }

  /** The three tiers, named even if they are empty, and whatever else there is. */
  private static JsonObject inOrder(JsonObject places) {
    JsonObject ordered = new JsonObject();
    Monitor.TIERS.forEach(tier -> ordered.put(tier, places.getLong(tier, 0L)));
    return ordered.mergeIn(places);
  }

  private void timeLoads(Tmem owner, Loads loads, Monitor monitor) throws IOException {
    Map<String, long[]> places = Places.sample(owner, AREA, found.pages);
    // The lowest tier first: what is loaded from it does not make room for itself elsewhere.
    for (String tier : Monitor.TIERS.reversed()) {
      long[] offsets = places.get(tier);
      if (offsets != null) {
        Stage stage = monitor.begin("loading from " + tier, offsets.length);
        found.loadPagesPerSecond.put(tier, loads.measure(offsets, stage, found.all));
      }
    }
    monitor.say("Loaded up to %s pages of each tier.".formatted(Amount.count(Places.SAMPLE_PAGES)));
  }

  private void overwrite(SwapArea area, Ledger ledger, Loads loads, Monitor monitor)
      throws IOException {
    long[] quarter = LongStream.range(0, found.pages).filter(Ledger::isOverwritten).toArray();
    Stage stage = monitor.begin("overwriting", quarter.length);
    try (BatchWindow window = new BatchWindow()) {
      for (int at = 0; at < quarter.length; at += Loads.BATCH_PAGES) {
        long[] offsets = LongStream.of(quarter).skip(at).limit(Loads.BATCH_PAGES).toArray();
        window.submit(() -> {
          List<Buffer> pages =
              LongStream.of(offsets)
                  .mapToObj(offset -> Buffer.buffer(ledger.overwrite(offset)))
                  .toList();
          Patience.MUCH.storeAll(area, offsets, pages);
          stage.add(offsets.length);
        });
      }
      window.finish();
    }
    found.overwritten = ledger.overwritten();
    found.overwritePagesPerSecond = stage.pagesPerSecond();
    Stage check = monitor.begin("looking for old content", quarter.length);
    loads.judge(quarter, check, found.all);
    monitor.say(
        "Overwrote %s pages; old content came back for %s."
            .formatted(Amount.count(found.overwritten), Amount.count(found.wrong(Verdict.STALE))));
  }

  private void kill(Tmem owner, DemoCluster cluster, Monitor monitor) throws IOException {
    if (options.nodes() == 1) {
      return;
    }
    String victim = cluster.nodes().getLast().name();
    JsonArray peers = owner.admin("peers", new JsonObject()).await().getJsonArray("peers");
    for (Object entry : peers) {
      JsonObject peer = (JsonObject) entry;
      long kept = peer.getLong("lentPages", 0L);
      if (kept > found.killedNodesPages) {
        found.killedNodesPages = kept;
        victim = peer.getString("name");
      }
    }
    monitor.begin("killing " + victim, 0);
    monitor.killed(victim);
    cluster.node(victim).kill();
    found.killedNode = victim;
    monitor.say(
        "Killed %s, which kept %s pages of %s."
            .formatted(victim, Amount.count(found.killedNodesPages), owner.nodeName()));
  }
}
