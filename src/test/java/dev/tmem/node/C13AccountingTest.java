package dev.tmem.node;

import static dev.tmem.node.NodeKit.admin;
import static dev.tmem.node.NodeKit.awaitPeer;
import static dev.tmem.node.NodeKit.fill;
import static dev.tmem.node.NodeKit.options;
import static dev.tmem.node.NodeKit.verify;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tmem.CleanCache;
import dev.tmem.CleanCacheOptions;
import dev.tmem.ObjectKey;
import dev.tmem.SwapArea;
import dev.tmem.SwapAreaOptions;
import dev.tmem.Until;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * C13: at rest the copies in all backends add up to the pages of all areas, and what a node lends
 * is what the others have borrowed, page for page; three whole nodes, by what they say themselves.
 */
class C13AccountingTest {

  private static final int PAGES = 4_000;

  @TempDir Path base;

  @Test
  void theBooksOfThreeNodesAgree() throws Exception {
    try (RunningNode alpha = ClusterLauncher.node(options(base, "alpha", 16, 64));
        RunningNode beta = ClusterLauncher.node(options(base, "beta", 32, 64));
        RunningNode gamma = ClusterLauncher.node(options(base, "gamma", 32, 64))) {
      List<RunningNode> nodes = List.of(alpha, beta, gamma);
      for (RunningNode node : nodes) {
        for (RunningNode peer : nodes) {
          if (peer != node) {
            awaitPeer(node, peer.tmem().nodeName());
          }
        }
      }
      SwapArea first = Until.done(alpha.tmem().swapOn("first", new SwapAreaOptions()));
      SwapArea second = Until.done(alpha.tmem().swapOn("second", new SwapAreaOptions()));
      SwapArea third = Until.done(beta.tmem().swapOn("third", new SwapAreaOptions()));
      CleanCache cache = Until.done(gamma.tmem().cleanCache("cache", new CleanCacheOptions()));
      assertEquals(PAGES, fill(first, PAGES));
      fill(second, 500);
      fill(third, 2_000);
      for (int index = 0; index < 300; index++) {
        Until.done(cache.put(ObjectKey.of(index % 3), index, Buffer.buffer(NodeKit.page(index))));
      }
      for (int offset = 0; offset < PAGES; offset += 3) {
        Until.done(first.invalidatePage(offset));
        Until.done(first.store(offset + 1L, Buffer.buffer(new byte[] {1, 2, 3})));
        Until.done(first.store(offset + 1L, Buffer.buffer(NodeKit.page(offset + 1))));
      }
      Until.done(first.store(0, Buffer.buffer(new byte[4096])));
      Until.done(cache.invalidateObject(ObjectKey.of(1)));
      Until.until(() -> agree(nodes), "lenders and borrowers have the same books");

      assertTrue(sum(nodes, "foreignPages") > 500, "something is lent");
      for (RunningNode node : nodes) {
        addsUp(node);
      }
      verify(third, 2_000);
      Until.done(first.swapOff());
      Until.done(second.swapOff());
      Until.done(third.swapOff());
      Until.done(cache.close());
      Until.until(() -> sum(nodes, "foreignPages") == 0, "what nobody names goes");
      for (RunningNode node : nodes) {
        addsUp(node);
        assertEquals(0, backend(node, "zram").getJsonObject("counters").getLong("compr_data_size"));
        assertEquals(0, backend(node, "swapfile").getLong("usedBytes"));
      }
    }
  }

  private static long sum(List<RunningNode> nodes, String gauge) {
    return nodes.stream().mapToLong(node -> NodeKit.stat(node, gauge)).sum();
  }

  /** What each lender has of each borrower is what that one has lent to it. */
  private static boolean agree(List<RunningNode> nodes) {
    for (RunningNode borrower : nodes) {
      for (RunningNode lender : nodes) {
        if (lender != borrower
            && peer(borrower, lender).getLong("lentPages")
                != (long) peer(lender, borrower).getLong("foreignPages")) {
          return false;
        }
      }
    }
    return true;
  }

  private static JsonObject peer(RunningNode node, RunningNode of) {
    return named(admin(node, "peers").getJsonArray("peers"), of.tmem().nodeName());
  }

  private static JsonObject backend(RunningNode node, String name) {
    return named(admin(node, "backends").getJsonArray("backends"), name);
  }

  private static JsonObject named(JsonArray all, String name) {
    return all.stream()
        .map(JsonObject.class::cast)
        .filter(one -> name.equals(one.getString("name")))
        .findFirst()
        .orElseThrow();
  }

  private static long total(JsonArray all, String key) {
    return all.stream().mapToLong(one -> ((JsonObject) one).getLong(key)).sum();
  }

  private static long total(JsonObject numbers) {
    return numbers.stream().mapToLong(entry -> ((Number) entry.getValue()).longValue()).sum();
  }

  /** Waits for rest: reclaim and repatriation may still be at work. */
  private static void addsUp(RunningNode node) {
    List<String> found = new ArrayList<>();
    try {
      Until.until(
          () -> {
            found.clear();
            found.addAll(problems(node));
            return found.isEmpty();
          },
          node.tmem().nodeName() + " adds up");
    } catch (AssertionError e) {
      throw new AssertionError(found.toString(), e);
    }
  }

  private static List<String> problems(RunningNode node) {
    JsonObject stats = admin(node, "stats");
    JsonObject primary = stats.getJsonObject("pagesByBackend");
    JsonObject extra = stats.getJsonObject("extraCopiesByBackend");
    JsonArray peers = admin(node, "peers").getJsonArray("peers");
    JsonObject check = admin(node, "check");
    List<String> problems = new ArrayList<>();
    compare(
        "pages and primary copies",
        stats.getLong("pages") + stats.getLong("cachePages"),
        total(primary),
        problems);
    compare(
        "pages of all areas",
        stats.getLong("pages"),
        total(admin(node, "areas").getJsonArray("areas"), "pages"),
        problems);
    compare(
        "copies at peers",
        primary.getLong("ramster") + extra.getLong("ramster"),
        total(peers, "lentPages"),
        problems);
    compare(
        "copies on disk",
        primary.getLong("swapfile") + extra.getLong("swapfile"),
        backend(node, "swapfile").getJsonObject("counters").getLong("bd_count"),
        problems);
    compare("foreign pages", stats.getLong("foreignPages"), total(peers, "foreignPages"), problems);
    compare("foreign bytes", stats.getLong("foreignBytes"), total(peers, "foreignBytes"), problems);
    compare(
        "bytes in the pool",
        stats.getJsonObject("mm_stat").getLong("compr_data_size") + stats.getLong("foreignBytes"),
        backend(node, "zram").getJsonObject("counters").getLong("compr_data_size"),
        problems);
    if (!check.getBoolean("ok")) {
      problems.add(check.encode());
    }
    return problems;
  }

  private static void compare(String what, long one, long other, List<String> problems) {
    if (one != other) {
      problems.add(what + ": " + one + " and " + other);
    }
  }
}
