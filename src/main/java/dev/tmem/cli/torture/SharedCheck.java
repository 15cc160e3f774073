package dev.tmem.cli.torture;

import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Holds the homes of shared caches against each other: they serve under one view, of which all are
 * members; and when everybody has closed the cache they keep nothing of it. Immutable.
 *
 * @param states of all nodes, by name, as {@link MemberMain#STATE} tells them
 */
record SharedCheck(Map<String, JsonObject> states) implements Check {

  SharedCheck {
    states = Map.copyOf(states);
  }

  private JsonObject shared(JsonObject state) {
    return state.getJsonObject("shared");
  }

  private Map<String, JsonObject> byName() {
    return new TreeMap<>(states);
  }

  @Override
  public long leaked() {
    return states.values().stream().mapToLong(this::pages).sum();
  }

  private long pages(JsonObject state) {
    JsonObject pages = shared(state).getJsonObject("pages");
    return pages.fieldNames().stream().mapToLong(pages::getLong).sum();
  }

  @Override
  public List<String> problems() {
    List<String> problems = new ArrayList<>();
    byName()
        .forEach((node, state) -> {
          state.getJsonArray("problems").forEach(problem -> problems.add(node + ": " + problem));
          if (pages(state) > 0 || shared(state).getLong("usedBytes") > 0) {
            problems.add(
                "%s keeps %d pages, %d bytes, though nobody has a cache open"
                    .formatted(node, pages(state), shared(state).getLong("usedBytes")));
          }
          JsonObject counters = shared(state).getJsonObject("counters");
          for (String what : List.of("shared_loads", "shared_waiting")) {
            if (counters.getLong(what) > 0) {
              problems.add("%s: %s is %d".formatted(node, what, counters.getLong(what)));
            }
          }
        });
    return problems;
  }

  @Override
  public List<String> dangers() {
    List<String> dangers = new ArrayList<>(new ClusterCheck(states).unheard());
    Set<String> alive =
        states.values().stream()
            .map(state -> state.getJsonObject("stats").getString("incarnation"))
            .collect(Collectors.toSet());
    byName()
        .forEach((node, state) -> {
          if (!shared(state).getBoolean("lease")) {
            dangers.add(node + " has no lease");
          }
          if (!members(state).equals(alive)) {
            dangers.add(node + " has a view of other members: " + view(state));
          }
        });
    Set<String> views = states.values().stream().map(this::view).collect(Collectors.toSet());
    if (views.size() > 1) {
      dangers.add("the views are " + views);
    }
    return dangers;
  }

  private Set<String> members(JsonObject state) {
    return shared(state).getJsonArray("members").stream()
        .map(member -> ((JsonObject) member).getString("incarnation"))
        .collect(Collectors.toSet());
  }

  private String view(JsonObject state) {
    return shared(state).getLong("view") + " of " + shared(state).getString("lineage");
  }

  @Override
  public Map<String, Long> copies() {
    return Map.of();
  }
}
