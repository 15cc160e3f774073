package dev.tmem.cli.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tmem.TmemException;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class FindingsTest {

  private static Findings threeNodes() {
    Findings found = new Findings();
    found.pages = 4;
    found.bytes = 16_000;
    found.compressedBytes = 8_000;
    found.importSeconds = 2;
    found.storePagesPerSecond = 2.4;
    found.pagesByBackend = new JsonObject().put("zram", 1).put("ramster", 1).put("swapfile", 2);
    JsonObject stats =
        new JsonObject().put("rssBytes", 77).put("pagesByBackend", found.pagesByBackend);
    found.nodes = List.of(new NodeView("demo-1", "up", stats));
    found.loadPagesPerSecond.put("zram", 10.6);
    found.overwritten = 1;
    found.killedNode = "demo-3";
    found.seconds = 3.14;
    return found;
  }

  private static void look(Findings found, Verdict... verdicts) {
    for (int i = 0; i < verdicts.length; i++) {
      found.last.add(i, verdicts[i]);
      found.all.add(i, verdicts[i]);
    }
  }

  @Test
  void theJsonHasTheFieldsThatAreDocumented() {
    Findings found = threeNodes();
    look(found, Verdict.RIGHT, Verdict.RIGHT, Verdict.RIGHT, Verdict.RIGHT);
    JsonObject json = found.toJson();
    assertEquals(
        Set.of(
            "pages",
            "bytes",
            "compressedBytes",
            "nodes",
            "pagesByBackend",
            "overwritten",
            "killedNode",
            "verified",
            "stale",
            "lost",
            "corrupt",
            "storePagesPerSecond",
            "loadPagesPerSecond",
            "seconds"),
        json.fieldNames());
    assertEquals(4, json.getLong("verified"));
    assertEquals(2, json.getLong("storePagesPerSecond"));
    assertEquals(11, json.getJsonObject("loadPagesPerSecond").getLong("zram"));
    JsonObject node = json.getJsonArray("nodes").getJsonObject(0);
    assertEquals(Set.of("name", "pagesByBackend", "rssBytes"), node.fieldNames());
    assertTrue(found.allRight());
    assertTrue(new Report(found, false).lines().contains("All pages are right."));
  }

  @Test
  void onePageThatWasWrongOnceIsEnough() {
    for (Verdict wrong : List.of(Verdict.STALE, Verdict.LOST, Verdict.CORRUPT, Verdict.MISPLACED)) {
      Findings found = threeNodes();
      found.all.add(2, wrong);
      look(found, Verdict.RIGHT, Verdict.RIGHT, Verdict.RIGHT, Verdict.RIGHT);
      assertFalse(found.allRight());
      JsonObject json = found.toJson();
      long counted = json.getLong("stale") + json.getLong("lost") + json.getLong("corrupt");
      assertEquals(1, counted, wrong.name());
      assertTrue(new Report(found, false).lines().getLast().contains("page 2 is "));
    }
  }

  @Test
  void aPageThatWasNotLookedAtIsNotRight() {
    Findings found = threeNodes();
    look(found, Verdict.RIGHT, Verdict.RIGHT, Verdict.RIGHT);
    assertFalse(found.allRight());
    assertNull(found.all.firstWrong());
  }

  @Test
  void aNodeAloneHasNobodyToKill() {
    Findings found = threeNodes();
    found.killedNode = null;
    assertTrue(found.toJson().containsKey("killedNode"));
    assertNull(found.toJson().getString("killedNode"));
    assertTrue(String.join("\n", new Report(found, false).lines()).contains("there is no peer"));
  }

  @Test
  void limitsAreChosenSoThatAllTiersGetPages() {
    DemoOptions three = new DemoOptions(3, List.of(), 64L << 20);
    assertEquals(32L << 20, three.lendBytes());
    assertEquals(DemoOptions.DEFAULT_BYTES, three.defaultBytes());
    DemoOptions alone = new DemoOptions(1, List.of(), 64L << 20);
    assertEquals(0, alone.lendBytes());
    assertTrue(new DemoOptions(3, List.of(), 512L << 20).defaultBytes() > 1L << 30);
    assertThrows(TmemException.class, () -> new DemoOptions(0, List.of(), 64L << 20));
    assertThrows(TmemException.class, () -> new DemoOptions(3, List.of(), 1L << 20));
  }
}
