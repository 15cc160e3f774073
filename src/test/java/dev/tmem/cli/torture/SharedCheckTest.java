package dev.tmem.cli.torture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Two homes, a and b. */
class SharedCheckTest {

  private final JsonObject ofA = state("a");
  private final JsonObject ofB = state("b");

  private static JsonObject state(String name) {
    JsonArray members = new JsonArray();
    List.of("a", "b")
        .forEach(member -> members.add(new JsonObject().put("incarnation", "life of " + member)));
    return new JsonObject()
        .put("stats", new JsonObject().put("incarnation", "life of " + name))
        .put(
            "shared",
            new JsonObject()
                .put("view", 3L)
                .put("lineage", "first")
                .put("lease", true)
                .put("members", members)
                .put("usedBytes", 0L)
                .put("pages", new JsonObject())
                .put(
                    "counters", new JsonObject().put("shared_loads", 0L).put("shared_waiting", 0L)))
        .put("peers", new JsonArray().add(peer("a")).add(peer("b")))
        .put("problems", new JsonArray());
  }

  private static JsonObject peer(String name) {
    return new JsonObject().put("incarnation", "life of " + name).put("state", "alive");
  }

  private SharedCheck check() {
    return new SharedCheck(Map.of("a", ofA, "b", ofB));
  }

  private static JsonObject shared(JsonObject state) {
    return state.getJsonObject("shared");
  }

  private static void assertOne(String words, List<String> found) {
    assertEquals(1, found.size(), found::toString);
    assertTrue(found.getFirst().contains(words), found::toString);
  }

  @Test
  void atRestNothingIsWrong() {
    assertEquals(List.of(), check().problems());
    assertEquals(List.of(), check().dangers());
    assertEquals(0, check().leaked());
  }

  @Test
  void pagesThatAreKeptForNobodyAreLeaked() {
    shared(ofB).put("pages", new JsonObject().put("some", 2L)).put("usedBytes", 4_000L);
    assertEquals(2, check().leaked());
    assertOne("b keeps 2 pages", check().problems());
  }

  @Test
  void bytesOfNoPageAreAProblem() {
    shared(ofB).put("usedBytes", 1L);
    assertOne("b keeps 0 pages, 1 bytes", check().problems());
  }

  @Test
  void aLoadThatDoesNotEndIsAProblem() {
    shared(ofA).getJsonObject("counters").put("shared_waiting", 1L);
    assertOne("shared_waiting", check().problems());
  }

  @Test
  void aHomeWithoutALeaseIsADanger() {
    shared(ofA).put("lease", false);
    assertOne("a has no lease", check().dangers());
  }

  @Test
  void aMemberThatIsMissingIsADanger() {
    shared(ofA).getJsonArray("members").remove(1);
    assertOne("a has a view of other members", check().dangers());
  }

  @Test
  void aNodeThatIsNotHeardIsADanger() {
    ofA.getJsonArray("peers").getJsonObject(1).put("state", "dead");
    assertOne("a does not hear b", check().dangers());
  }

  @Test
  void twoViewsAreADanger() {
    shared(ofA).put("view", 4L);
    assertOne("the views are", check().dangers());
  }
}
