package dev.tmem.cli.bench;

import dev.tmem.ObjectKey;
import dev.tmem.SharedCleanCache;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.List;

/**
 * What becomes of the pages of a shared cache when nodes come and go, how evenly they lie, and how
 * often a loader is called. What is got is compared with what was put. Confined to the main thread.
 */
final class SharedJob implements Job {

  private static final double LOADER_GOAL = 1;
  private static final double KILL_GOAL = 0.70;
  private static final double JOIN_GOAL = 0.75;
  private static final double BALANCE_GOAL = 1.15;

  private static final int IN_FLIGHT = 64;

  /** Readers of each node that ask for a page at once. */
  private static final int READERS = 2;

  /** Pages to be loaded; each takes some tens of milliseconds. */
  private static final int LOADS = 100;

  @Override
  public List<Row> measure(JobRun run) throws Exception {
    int count = (int) Math.max(BenchOptions.MIN_PAGES, run.pages() / 50);
    int objects = (int) Math.max(BenchOptions.MIN_PAGES, run.pages() / 10);
    try (SharedNodes nodes = SharedNodes.start()) {
      nodes.add("n1", "n2", "n3");
      run.progress("shared: four nodes share a cache");
      double loader = loader(nodes);
      put(nodes, 0, count);
      double full = hits(nodes, 0, count);
      nodes.kill("n2");
      double killed = hits(nodes, 0, count);
      run.progress("kill-hits: %.3f, before %.3f".formatted(killed, full));
      nodes.awaitMembers(3);
      nodes.add("n4");
      put(nodes, 0, count);
      double four = hits(nodes, 0, count);
      nodes.add("n5");
      double five = hits(nodes, 0, count);
      run.progress("join-hits: %.3f, before %.3f".formatted(five, four));
      put(nodes, 0, objects);
      double balance = nodes.fullest();
      return List.of(
          Row.absolute("loader", loader, "calls/page", LOADER_GOAL, Better.LOWER),
          Row.compared("kill-hits", killed, full, "hits/get", KILL_GOAL, Better.HIGHER),
          Row.compared("join-hits", five, four, "hits/get", JOIN_GOAL, Better.HIGHER),
          Row.absolute("balance", balance, "fullest/mean", BALANCE_GOAL, Better.LOWER));
    }
  }

  private static Buffer page(long object) {
    return Buffer.buffer("the page of object " + object);
  }

  private static void put(SharedNodes nodes, int from, int to) {
    Context context = nodes.own().vertx().getOrCreateContext();
    SharedCleanCache cache = nodes.cache();
    Asking.all(
        context,
        to - from,
        IN_FLIGHT,
        i -> cache.put(ObjectKey.of(from + i), 0, page(from + i)).map(true),
        null);
  }

  private static double hits(SharedNodes nodes, int from, int to) {
    Context context = nodes.own().vertx().getOrCreateContext();
    SharedCleanCache cache = nodes.cache();
    Asking.Answers<Boolean> answers =
        Asking.all(
            context,
            to - from,
            IN_FLIGHT,
            i ->
                cache
                    .get(ObjectKey.of(from + i), 0)
                    .map(page -> {
                      if (page != null && !page.equals(page(from + i))) {
                        throw new IllegalStateException("another page came back");
                      }
                      return page != null;
                    }),
            null);
    long hits = answers.answers().stream().filter(hit -> hit).count();
    return (double) hits / (to - from);
  }

  /** Calls of the loader for each page, if readers of all nodes ask for it at once. */
  private static double loader(SharedNodes nodes) {
    Vertx vertx = nodes.own().vertx();
    int calls = 0;
    for (int i = 0; i < LOADS; i++) {
      long object = -1L - i;
      List<Future<Integer>> readers = new ArrayList<>();
      for (int reader = 0; reader < READERS; reader++) {
        readers.add(SharedMain.load(vertx, nodes.cache(), object));
        nodes.names().forEach(name -> readers.add(SharedMain.loadAt(vertx, name, object)));
      }
      Future.all(readers).await();
      calls += readers.stream().mapToInt(Future::result).sum();
    }
    return (double) calls / LOADS;
  }
}
