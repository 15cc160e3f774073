package dev.tmem.admin;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.tmem.house.MarkdownTable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** {@code docs/lifecycle.md}: every cell of its table is what happens. */
class LifecycleTest {

  private static MarkdownTable table() throws IOException {
    return MarkdownTable.of("docs/lifecycle.md", "command");
  }

  @Test
  void theTableHasEveryStateAndEveryCommand() throws IOException {
    assertEquals(List.of(AreaRig.STATES.keySet().toArray()), table().columns());
    assertEquals(
        new ArrayList<>(AreaRig.COMMANDS.keySet()), new ArrayList<>(table().rows().keySet()));
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
                        try (AreaRig rig = new AreaRig()) {
                          assertEquals(cell, rig.observe(state, row.getKey()));
                        }
                      })));
    }
    return tests;
  }
}
