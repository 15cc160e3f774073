package dev.tmem.cli.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LedgerTest {

  private static final int PAGE = 4096;
  private static final int PAGES = 100;

  @TempDir Path folder;

  private PageSource source;
  private Ledger ledger;

  @BeforeEach
  void importAll() throws IOException {
    byte[] content = new byte[PAGES * PAGE - 5];
    new Random(1).nextBytes(content);
    Path file = Files.write(folder.resolve("file"), content);
    source = PageSource.of(PAGE, List.of(file));
    ledger = new Ledger(source, PAGE);
    for (long offset = 0; offset < PAGES; offset++) {
      ledger.imported(offset, source.page(offset));
    }
  }

  @Test
  void theFilesPageIsRightUntilItIsOverwritten() throws IOException {
    byte[] old = source.page(3);
    assertEquals(Verdict.RIGHT, ledger.judge(3, old));
    byte[] first = ledger.overwrite(3);
    assertEquals(Verdict.RIGHT, ledger.judge(3, first));
    assertEquals(Verdict.STALE, ledger.judge(3, old));
    byte[] second = ledger.overwrite(3);
    assertEquals(Verdict.RIGHT, ledger.judge(3, second));
    assertEquals(Verdict.STALE, ledger.judge(3, first));
    assertEquals(Verdict.STALE, ledger.judge(3, old));
    assertEquals(1, ledger.overwritten());
  }

  @Test
  void whatIsNotThereIsLost() throws IOException {
    assertEquals(Verdict.LOST, ledger.judge(3, null));
  }

  @Test
  void thePageOfAnotherOffsetIsMisplaced() throws IOException {
    byte[] other = ledger.overwrite(4);
    assertEquals(Verdict.MISPLACED, ledger.judge(3, other));
    assertEquals(Verdict.MISPLACED, ledger.judge(3, source.page(5)));
  }

  @Test
  void damageIsCorruption() throws IOException {
    byte[] page = source.page(3);
    page[100] ^= 1;
    assertEquals(Verdict.CORRUPT, ledger.judge(3, page));
    byte[] generated = ledger.overwrite(4);
    generated[PAGE - 1] ^= 1;
    assertEquals(Verdict.CORRUPT, ledger.judge(4, generated));
    assertEquals(Verdict.CORRUPT, ledger.judge(3, new byte[0]));
    assertEquals(Verdict.CORRUPT, ledger.judge(99, Arrays.copyOf(source.page(99), PAGE)));
  }

  @Test
  void aPageOfAVersionThatIsYetToComeIsCorrupt() throws IOException {
    ledger.overwrite(4);
    assertEquals(Verdict.CORRUPT, ledger.judge(4, GeneratedPage.of(4, 2, PAGE)));
  }

  @Test
  void aFileThatIsEditedMeanwhileBlamesNobody() throws IOException {
    byte[] imported = source.page(3);
    byte[] content = Files.readAllBytes(folder.resolve("file"));
    content[3 * PAGE] ^= 1;
    Files.write(folder.resolve("file"), content);
    assertEquals(Verdict.RIGHT, ledger.judge(3, imported));
  }

  @Test
  void aQuarterIsOverwritten() {
    for (long four = 0; four < 1000; four++) {
      int chosen = 0;
      for (long offset = 4 * four; offset < 4 * four + 4; offset++) {
        chosen += Ledger.isOverwritten(offset) ? 1 : 0;
      }
      assertEquals(1, chosen);
    }
  }

  @Test
  void generatedPagesTellWhatTheyAre() {
    byte[] page = GeneratedPage.of(123_456, 7, PAGE);
    assertEquals(PAGE, page.length);
    assertTrue(GeneratedPage.is(page));
    assertEquals(123_456, GeneratedPage.offsetOf(page));
    assertEquals(7, GeneratedPage.versionOf(page));
  }
}
