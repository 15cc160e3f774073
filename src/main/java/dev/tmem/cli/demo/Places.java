package dev.tmem.cli.demo;

import dev.tmem.Tmem;
import dev.tmem.cli.client.Patience;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.LongStream;

/** Some pages of each tier, so that loads from each can be timed. Immutable. */
final class Places {

  /** Pages of a tier that are enough to time it. */
  static final int SAMPLE_PAGES = 8_192;

  /** Slots asked for at once. */
  private static final int SLOTS = 4_096;

  private Places() {}

  /** Offsets by backend, in order of the offsets. */
  static Map<String, long[]> sample(Tmem node, String area, long pages) {
    Map<String, LongStream.Builder> found = new LinkedHashMap<>();
    Map<String, Integer> counts = new LinkedHashMap<>();
    long from = 0;
    while (from < pages) {
      JsonObject question = new JsonObject().put("area", area).put("from", from).put("max", SLOTS);
      JsonArray slots =
          Patience.SOME.call(() -> node.admin("slots", question)).getJsonArray("slots");
      if (slots.isEmpty()) {
        break;
      }
      for (Object entry : slots) {
        JsonObject slot = (JsonObject) entry;
        String backend = slot.getString("backend");
        from = slot.getLong("offset") + 1;
        if (backend != null && counts.merge(backend, 1, Integer::sum) <= SAMPLE_PAGES) {
          found.computeIfAbsent(backend, name -> LongStream.builder()).add(from - 1);
        }
      }
    }
    Map<String, long[]> offsets = new LinkedHashMap<>();
    found.forEach((backend, builder) -> offsets.put(backend, builder.build().toArray()));
    return offsets;
  }
}
