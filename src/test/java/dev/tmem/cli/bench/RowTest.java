package dev.tmem.cli.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.json.JsonObject;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RowTest {

  @Test
  void aComparisonAsJson() {
    Row row = Row.compared("store-1", 118_000, 126_000, "pages/s", 0.9, Better.HIGHER);
    assertEquals(
        new JsonObject(
            """
            {"row":"store-1","ours":118000,"beside":126000,"unit":"pages/s","ratio":0.9365,
             "goal":0.9,"better":"higher"}\
            """),
        row.toJson());
    assertTrue(row.reached());
  }

  @Test
  void anAbsoluteGoalHasNothingBesideIt() {
    JsonObject json = Row.absolute("meta", 3.14159, "bytes/object", 4, Better.LOWER).toJson();
    assertTrue(json.containsKey("beside") && json.containsKey("ratio"));
    assertNull(json.getValue("beside"));
    assertNull(json.getValue("ratio"));
    assertEquals(3.142, json.getDouble("ours"));
    assertTrue(Row.of(json).reached());
    assertFalse(Row.absolute("meta", 4.01, "bytes/object", 4, Better.LOWER).reached());
  }

  @Test
  void figuresAreNotTakenFurtherThanTheyGo() {
    JsonObject json = Row.compared("x", 1_234_567.8, 0.000123456, "s", 1, Better.LOWER).toJson();
    assertEquals(1_235_000L, json.getLong("ours"));
    assertEquals(0.0001235, json.getDouble("beside"));
  }

  @Test
  void theWorstStandsForAllAndTheOthersAreParts() {
    Map<String, Pairs> all = new LinkedHashMap<>();
    all.put("fill", new Pairs().add(90, 100));
    all.put("overwrite", new Pairs().add(80, 100));
    Row row = Row.worstOf("store-1", "pages/s", 0.85, all);
    assertEquals(80, row.ours());
    assertEquals(0.8, row.ratio());
    assertEquals(Map.of("fill", 0.9, "overwrite", 0.8), row.parts());
    assertFalse(row.reached());
    assertEquals(Map.of(), Row.worstOf("a", "b", 1, Map.of("c", new Pairs().add(1, 1))).parts());
  }

  @Test
  void whatIsWrittenCanBeRead() {
    Row row = Row.compared("tail", 2.5, 2, "us", 1.5, Better.LOWER).with(Map.of("p99.9", 1.75));
    assertEquals(row, Row.of(new JsonObject(row.toJson().encode())));
  }

  @Test
  void theRatioIsTheMedianOfThePairs() {
    Pairs pairs = new Pairs().add(10, 10).add(30, 10).add(5, 20).add(8, 10).add(9, 10);
    assertEquals(0.9, pairs.ratio());
    assertEquals(9, pairs.ours());
    assertEquals(10, pairs.beside());
    assertEquals(5, pairs.count());
    assertEquals(2.5, Pairs.median(List.of(4.0, 1.0, 2.0, 3.0)));
  }

  @Test
  void aTableForPeople() {
    List<String> lines =
        new RowTable(
                List.of(
                    Row.compared("o1", 0.95, 0.9, "of the codec", 0.93, Better.HIGHER),
                    Row.absolute("heap", 128, "MiB", 64, Better.LOWER)
                        .with(Map.of("alive", 12.25))),
                false)
            .lines();
    assertEquals(
        List.of(
            "row   ours  beside  unit          ratio     goal           parts",
            "o1    0.95     0.9  of the codec  1.056  >= 0.93  reached",
            "heap   128       -  MiB               -    <= 64  missed   alive 12.25"),
        lines);
  }
}
