package dev.tmem.cli.torture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Two nodes, a and b, that lend each other pages. */
class ClusterCheckTest {

  private final JsonObject ofA = state("a", 10, peer("b", 10, 7));
  private final JsonObject ofB = state("b", 7, peer("a", 7, 10));

  /**
   * @param lent how many copies its page tables say lie with peers
   */
  private static JsonObject state(String name, long lent, JsonObject peer) {
    return new JsonObject()
        .put(
            "stats",
            new JsonObject()
                .put("incarnation", "life of " + name)
                .put("underProtectedPages", 0L)
                .put("pagesByBackend", new JsonObject().put("ramster", lent - 2).put("zram", 5L))
                .put("extraCopiesByBackend", new JsonObject().put("ramster", 2L)))
        .put("peers", new JsonArray().add(peer))
        .put("problems", new JsonArray());
  }

  private static JsonObject peer(String name, long lent, long foreign) {
    return new JsonObject()
        .put("name", name)
        .put("incarnation", "life of " + name)
        .put("state", "alive")
        .put("lentPages", lent)
        .put("foreignPages", foreign);
  }

  private ClusterCheck check() {
    return new ClusterCheck(Map.of("a", ofA, "b", ofB));
  }

  private static JsonObject onlyPeer(JsonObject state) {
    return state.getJsonArray("peers").getJsonObject(0);
  }

  private void assertProblem(String words) {
    assertTrue(check().problems().toString().contains(words), () -> check().problems().toString());
  }

  @Test
  void whatAddsUpIsNoProblem() {
    assertEquals(0, check().leaked());
    assertTrue(check().problems().isEmpty());
    assertTrue(check().dangers().isEmpty());
    assertEquals(Map.of("ramster", 17L, "zram", 10L), check().copies());
  }

  @Test
  void pagesThatNobodyLentAreLeaked() {
    onlyPeer(ofB).put("foreignPages", 12);
    assertEquals(2, check().leaked());
    assertProblem("2 pages are leaked");
  }

  @Test
  void pagesThatNobodyKeepsAreLeaked() {
    onlyPeer(ofB).put("foreignPages", 9);
    assertEquals(1, check().leaked());
  }

  @Test
  void pagesOfALifeThatHasEndedAreLeaked() {
    ofA.getJsonArray("peers").add(peer("b", 0, 3).put("incarnation", "an earlier life of b"));
    assertEquals(3, check().leaked());
  }

  @Test
  void copiesThatNoPageTableNamesAreAProblem() {
    ofA.getJsonObject("stats").getJsonObject("extraCopiesByBackend").put("ramster", 1L);
    assertProblem("a: 10 copies are lent, its page tables name 9");
  }

  @Test
  void whatANodeFindsItselfIsAProblem() {
    ofB.getJsonArray("problems").add("page 3 has no copy");
    assertProblem("b: page 3 has no copy");
  }

  @Test
  void pagesWithoutASecondCopyAndNodesThatAreNotHeardAreDangers() {
    ofA.getJsonObject("stats").put("underProtectedPages", 4L);
    onlyPeer(ofB).put("state", "doubtful");
    assertEquals(2, check().dangers().size());
  }
}
