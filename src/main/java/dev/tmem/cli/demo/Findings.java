package dev.tmem.cli.demo;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What the demonstration measured. Filled in as it goes on; confined to the main thread. */
final class Findings {

  long files;
  long pages;
  long bytes;
  long compressedBytes;
  List<NodeView> nodes = List.of();
  JsonObject pagesByBackend = new JsonObject();
  JsonObject extraCopiesByBackend = new JsonObject();
  double importSeconds;
  double storePagesPerSecond;
  final Map<String, Double> loadPagesPerSecond = new LinkedHashMap<>();
  long overwritten;
  double overwritePagesPerSecond;
  @Nullable String killedNode;
  long killedNodesPages;
  double seconds;

  /** Over every look at the pages. */
  final Tally all = new Tally();

  /** Of the last look alone. */
  final Tally last = new Tally();

  long wrong(Verdict verdict) {
    return all.count(verdict);
  }

  long verified() {
    return last.count(Verdict.RIGHT);
  }

  /** Whether every page was right whenever it was looked at. */
  boolean allRight() {
    return pages > 0 && verified() == pages && all.firstWrong() == null;
  }

  /** Pages that are misplaced count as corrupt: they hold what was never stored there. */
  JsonObject toJson() {
    JsonArray byNode = new JsonArray();
    for (NodeView node : nodes) {
      byNode.add(
          new JsonObject()
              .put("name", node.name())
              .put("pagesByBackend", node.pagesByBackend())
              .put("rssBytes", node.number("rssBytes")));
    }
    JsonObject loads = new JsonObject();
    for (String tier : pagesByBackend.fieldNames()) {
      Double rate = loadPagesPerSecond.get(tier);
      if (rate != null) {
        loads.put(tier, Math.round(rate));
      }
    }
    return new JsonObject()
        .put("pages", pages)
        .put("bytes", bytes)
        .put("compressedBytes", compressedBytes)
        .put("nodes", byNode)
        .put("pagesByBackend", pagesByBackend)
        .put("overwritten", overwritten)
        .put("killedNode", killedNode)
        .put("verified", verified())
        .put("stale", wrong(Verdict.STALE))
        .put("lost", wrong(Verdict.LOST))
        .put("corrupt", wrong(Verdict.CORRUPT) + wrong(Verdict.MISPLACED))
        .put("storePagesPerSecond", Math.round(storePagesPerSecond))
        .put("loadPagesPerSecond", loads)
        .put("seconds", Math.round(seconds * 10) / 10.0);
  }
}
