package dev.tmem.cli.torture;

import dev.tmem.Options;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;

/**
 * What a torture came to, for people. Immutable.
 *
 * @param json as it is told with {@code --json}
 */
record TortureReport(JsonObject json) {

  List<String> lines() {
    JsonObject found = json.getJsonObject("findings");
    List<String> lines = new ArrayList<>();
    lines.addAll(isOfSharedCaches() ? shared(found) : swap(found));
    lines.add(
        "%d stale, %d lost, %d misplaced, %d corrupt, %d leaked, %d hung: %s in %.1f s."
            .formatted(
                json.getLong("stale"),
                json.getLong("lost"),
                json.getLong("misplaced"),
                json.getLong("corrupt"),
                json.getLong("leaked"),
                json.getLong("hung"),
                json.getBoolean("good") ? "good" : "BAD",
                json.getDouble("seconds")));
    add(lines, json.getJsonArray("problems"));
    add(lines, found.getJsonArray("examples", new JsonArray()));
    return lines;
  }

  private boolean isOfSharedCaches() {
    return Options.word(TortureWorkload.SHARED).equals(json.getString("workload"));
  }

  private List<String> swap(JsonObject found) {
    return List.of(
        "%d faults; %d stores, %d invalidates, %d loads; %d pages looked at in the end."
            .formatted(
                json.getJsonArray("steps").size(),
                found.getLong("stores", 0L),
                found.getLong("invalidates", 0L),
                found.getLong("loads", 0L),
                found.getLong("verified", 0L)),
        "Copies at the end: %d in RAM, %d with peers, %d on disk."
            .formatted(
                found.getLong("copies in zram", 0L),
                found.getLong("copies in ramster", 0L),
                found.getLong("copies in swapfile", 0L)));
  }

  private List<String> shared(JsonObject found) {
    return List.of(
        "%d faults; %d puts, %d invalidates, %d gets, of which %d found a page."
            .formatted(
                json.getJsonArray("steps").size(),
                found.getLong("puts", 0L),
                found.getLong("invalidates", 0L),
                found.getLong("hits", 0L) + found.getLong("misses", 0L),
                found.getLong("hits", 0L)),
        "%d gets with a loader, %d loaders called; %d puts and invalidates failed."
            .formatted(
                found.getLong("loads", 0L),
                found.getLong("loader calls", 0L),
                found.getLong("failed changes", 0L)));
  }

  private static void add(List<String> lines, JsonArray sentences) {
    sentences.forEach(sentence -> lines.add("  " + sentence));
  }
}
