package dev.tmem.cli.torture;

import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Holds the nodes of a cluster against each other: what one has lent to another is what that one
 * keeps for it, and nothing is kept for a node that is no more. Immutable.
 *
 * @param states of all nodes, by name, as {@link MemberMain#STATE} tells them
 */
record ClusterCheck(Map<String, JsonObject> states) implements Check {

  private static final String INCARNATION = "incarnation";
  private static final String RAMSTER = "ramster";

  ClusterCheck {
    states = Map.copyOf(states);
  }

  /** Pages that are kept for nobody, or lent to nobody, of all nodes. */
  @Override
  public long leaked() {
    long leaked = 0;
    for (String owner : states.keySet()) {
      for (String lender : states.keySet()) {
        if (!owner.equals(lender)) {
          leaked +=
              Math.abs(
                  between(owner, lender, "lentPages") - between(lender, owner, "foreignPages"));
        }
      }
    }
    for (String node : states.keySet()) {
      leaked += strangers(node);
    }
    return leaked;
  }

  /** What a node says of another that is alive; 0: it does not know it. */
  private long between(String node, String other, String what) {
    return peers(node).stream()
        .filter(peer -> peer.getString(INCARNATION).equals(incarnation(other)))
        .mapToLong(peer -> peer.getLong(what))
        .sum();
  }

  /** Pages that a node has to do with that belong to or lie with nobody who is alive. */
  private long strangers(String node) {
    List<String> alive = states.keySet().stream().map(this::incarnation).toList();
    return peers(node).stream()
        .filter(peer -> !alive.contains(peer.getString(INCARNATION)))
        .mapToLong(peer -> peer.getLong("lentPages") + peer.getLong("foreignPages"))
        .sum();
  }

  private List<JsonObject> peers(String node) {
    return state(node).getJsonArray("peers").stream().map(JsonObject.class::cast).toList();
  }

  private JsonObject state(String node) {
    JsonObject state = states.get(node);
    if (state == null) {
      throw new IllegalArgumentException(node);
    }
    return state;
  }

  private JsonObject stats(String node) {
    return state(node).getJsonObject("stats");
  }

  private String incarnation(String node) {
    return stats(node).getString(INCARNATION);
  }

  /** Copies by the backend in which they lie, of all nodes. */
  @Override
  public Map<String, Long> copies() {
    Map<String, Long> copies = new TreeMap<>();
    for (String node : states.keySet()) {
      for (String map : List.of("pagesByBackend", "extraCopiesByBackend")) {
        stats(node)
            .getJsonObject(map)
            .forEach(entry ->
                copies.merge(entry.getKey(), ((Number) entry.getValue()).longValue(), Long::sum));
      }
    }
    return copies;
  }

  @Override
  public List<String> problems() {
    List<String> problems = new ArrayList<>();
    for (String node : states.keySet()) {
      state(node).getJsonArray("problems").forEach(problem -> problems.add(node + ": " + problem));
      long lent = peers(node).stream().mapToLong(peer -> peer.getLong("lentPages")).sum();
      long there = in(node, "pagesByBackend") + in(node, "extraCopiesByBackend");
      if (lent != there) {
        problems.add(
            "%s: %d copies are lent, its page tables name %d".formatted(node, lent, there));
      }
    }
    if (leaked() > 0) {
      problems.add(leaked() + " pages are leaked: " + pairs());
    }
    return problems;
  }

  private long in(String node, String map) {
    return stats(node).getJsonObject(map).getLong(RAMSTER, 0L);
  }

  private Map<String, Object> pairs() {
    Map<String, Object> pairs = new HashMap<>();
    states.keySet().forEach(node -> pairs.put(node, state(node).getJsonArray("peers")));
    return pairs;
  }

  /** Empty: every page is safe, everybody is heard. */
  @Override
  public List<String> dangers() {
    List<String> dangers = new ArrayList<>();
    for (String node : states.keySet()) {
      long exposed = stats(node).getLong("underProtectedPages", 0L);
      if (exposed > 0) {
        dangers.add(node + " has " + exposed + " pages without a second copy");
      }
    }
    dangers.addAll(unheard());
    return dangers;
  }

  /** Who does not hear whom; empty: everybody is heard. */
  List<String> unheard() {
    List<String> unheard = new ArrayList<>();
    for (String node : states.keySet()) {
      for (String other : states.keySet()) {
        boolean heard =
            node.equals(other)
                || peers(node).stream()
                    .anyMatch(peer ->
                        peer.getString(INCARNATION).equals(incarnation(other))
                            && peer.getString("state").equals("alive"));
        if (!heard) {
          unheard.add(node + " does not hear " + other);
        }
      }
    }
    return unheard;
  }
}
