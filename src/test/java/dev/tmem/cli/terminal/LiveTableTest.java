package dev.tmem.cli.terminal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.List;
import org.junit.jupiter.api.Test;

class LiveTableTest {

  private final Screen screen = new Screen();

  private String written() {
    return screen.out().replace(System.lineSeparator(), "\n");
  }

  @Test
  void onATerminalADrawingTakesThePlaceOfTheLast() {
    LiveTable live = new LiveTable(screen.terminal(true, true));
    live.draw(List.of("a", "b"));
    live.draw(List.of("c"));
    live.clear();
    assertEquals("a\nb\n\u001b[2A\r\u001b[Jc\n\u001b[1A\r\u001b[J", written());
  }

  @Test
  void aLineThatStaysIsPutAboveTheDrawing() {
    LiveTable live = new LiveTable(screen.terminal(true, true));
    live.draw(List.of("a"));
    live.above("done");
    live.draw(List.of("b"));
    assertEquals("a\n\u001b[1A\r\u001b[Jdone\na\n\u001b[1A\r\u001b[Jb\n", written());
  }

  @Test
  void elsewhereLinesFollowEachOther() {
    LiveTable live = new LiveTable(screen.plain());
    assertFalse(live.inPlace());
    live.draw(List.of("a"));
    live.above("done");
    live.draw(List.of("b"));
    live.clear();
    assertEquals("a\ndone\nb\n", written());
  }

  @Test
  void inkIsForTerminalsThatWantIt() {
    assertEquals("x", Ink.BAD.on("x", false));
    assertEquals("\u001b[31mx\u001b[0m", Ink.BAD.on("x", true));
    assertEquals("x", Ink.PLAIN.on("x", true));
    assertFalse(screen.terminal(true, false).colourOut());
    assertFalse(screen.terminal(false, true).colourErr());
  }
}
