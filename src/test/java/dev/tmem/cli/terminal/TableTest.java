package dev.tmem.cli.terminal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class TableTest {

  @Test
  void columnsAreAlignedToTheirSides() {
    Table table = new Table("name", ">pages").row("zram", 7).row("swapfile", "1,234");
    assertEquals(
        List.of(
            "name      pages", //
            "zram          7",
            "swapfile  1,234"),
        table.lines(false));
  }

  @Test
  void colourDoesNotMoveAnything() {
    Table table = new Table("a", "b").row(new Table.Cell("up", Ink.GOOD), "x").row("silent", "y");
    List<String> plain = table.lines(false);
    List<String> coloured = table.lines(true);
    assertTrue(coloured.get(1).contains("\u001b[32mup\u001b[0m"));
    for (int i = 0; i < plain.size(); i++) {
      assertEquals(
          plain.get(i), coloured.get(i).replaceAll("\u001b\\[[0-9]*m", "").stripTrailing());
    }
  }

  @Test
  void aTableWithoutRowsIsItsHeader() {
    assertTrue(new Table("a").isEmpty());
    assertEquals(List.of("a  b"), new Table("a", "b").lines(false));
  }

  @Test
  void everyColumnWantsItsCell() {
    assertThrows(IllegalArgumentException.class, () -> new Table("a", "b").row("only one"));
  }

  @Test
  void signsOutsideTheBasicPlaneAreOneColumn() {
    assertEquals(
        List.of("a   b", "\ud83d\ude00   x", "yy  z"),
        new Table("a", "b").row("\ud83d\ude00", "x").row("yy", "z").lines(false));
  }
}
