package dev.tmem.cli.torture;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;

/** Counts what came of the clients' calls. Thread-safe: its monitor. */
final class Findings {

  /** Examples of what was wrong that are kept. */
  private static final int EXAMPLES_MAX = 20;

  private static final String EXAMPLES = "examples";

  private final Map<String, Long> counts = new TreeMap<>();
  private final Map<String, String> examples = new LinkedHashMap<>();

  synchronized void add(String what, long count) {
    counts.merge(what, count, Long::sum);
  }

  void one(String what) {
    add(what, 1);
  }

  /**
   * Counts a verdict.
   *
   * @param where said of it, if it is a bad one
   */
  void add(Verdict verdict, String where) {
    add(verdict, () -> where);
  }

  /** As above, where it takes some work to say. */
  void add(Verdict verdict, Supplier<String> where) {
    String word = word(verdict);
    one(word);
    if (verdict != Verdict.RIGHT && verdict != Verdict.UNAVAILABLE) {
      example(word + " " + where.get());
    }
  }

  static String word(Verdict verdict) {
    return verdict.name().toLowerCase(Locale.ROOT);
  }

  /** Keeps a sentence about something that is wrong, if there are not too many. */
  synchronized void example(String sentence) {
    if (examples.size() < EXAMPLES_MAX) {
      examples.putIfAbsent(sentence, sentence);
    }
  }

  synchronized long get(String what) {
    return counts.getOrDefault(what, 0L);
  }

  /** Takes over what another process has counted. */
  void addAll(JsonObject other) {
    for (String key : other.fieldNames()) {
      if (key.equals(EXAMPLES)) {
        other.getJsonArray(key).forEach(example -> example(String.valueOf(example)));
      } else {
        add(key, other.getLong(key));
      }
    }
  }

  synchronized JsonObject toJson() {
    JsonObject json = new JsonObject();
    counts.forEach(json::put);
    return json.put(EXAMPLES, new JsonArray(List.copyOf(examples.keySet())));
  }
}
