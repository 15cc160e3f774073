package dev.tmem.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.tmem.house.MarkdownTable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** {@code docs/page-states.md}: every cell of its table is what happens. */
class PageStatesTest {

  private static MarkdownTable table() throws IOException {
    return MarkdownTable.of("docs/page-states.md", "event");
  }

  @Test
  void theTableHasEveryStateAndEveryEvent() throws IOException {
    assertEquals(new ArrayList<>(PageRig.STATES.keySet()), table().columns());
    assertEquals(
        new ArrayList<>(PageRig.EVENTS.keySet()), new ArrayList<>(table().rows().keySet()));
  }

  @TestFactory
  List<DynamicTest> everyCellIsWhatHappens() throws IOException {
    List<DynamicTest> tests = new ArrayList<>();
    for (Map.Entry<String, Map<String, String>> row : table().rows().entrySet()) {
      row.getValue()
          .forEach((state, cell) ->
              tests.add(
                  DynamicTest.dynamicTest(
                      row.getKey() + ", " + state,
                      () -> {
                        PageRig rig = new PageRig();
                        try {
                          assertEquals(cell, rig.observe(state, row.getKey()));
                        } finally {
                          rig.addsUpAndCloses();
                        }
                      })));
    }
    return tests;
  }
}
