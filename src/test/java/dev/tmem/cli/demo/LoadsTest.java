package dev.tmem.cli.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tmem.ErrorCode;
import dev.tmem.PageFault;
import dev.tmem.PageLostException;
import dev.tmem.SwapAreaOptions;
import dev.tmem.TmemException;
import dev.tmem.cli.client.TwinArea;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An area that misbehaves is found out. */
class LoadsTest {

  private static final int PAGE = 4096;
  private static final int PAGES = 300;

  @TempDir Path folder;

  private final TwinArea area = new TwinArea(new SwapAreaOptions());
  private final Tally tally = new Tally();
  private Ledger ledger;
  private Loads loads;

  @BeforeEach
  void importAll() throws IOException {
    byte[] content = new byte[PAGES * PAGE];
    new Random(2).nextBytes(content);
    PageSource source = PageSource.of(PAGE, List.of(Files.write(folder.resolve("file"), content)));
    ledger = new Ledger(source, PAGE);
    loads = new Loads(area, ledger);
    for (long offset = 0; offset < PAGES; offset++) {
      ledger.imported(offset, source.page(offset));
      area.map.put(offset, source.page(offset));
    }
  }

  private void judgeAll() throws IOException {
    loads.judge(LongStream.range(0, PAGES).toArray(), new Stage("test", PAGES), tally);
  }

  private byte[] page(long offset) {
    return Objects.requireNonNull(area.map.get(offset));
  }

  @Test
  void aGoodAreaIsRight() throws IOException {
    judgeAll();
    assertEquals(PAGES, tally.count(Verdict.RIGHT));
    assertEquals(null, tally.firstWrong());
  }

  @Test
  void everyKindOfWrongPageIsCountedAsWhatItIs() throws IOException {
    area.map.remove(10L);
    page(20)[5] ^= 1;
    byte[] swapped = page(30);
    area.map.put(30L, page(31));
    area.map.put(31L, swapped);
    ledger.overwrite(40);
    area.map.put(41L, ledger.overwrite(41));
    judgeAll();
    assertEquals(1, tally.count(Verdict.LOST));
    assertEquals(1, tally.count(Verdict.CORRUPT));
    assertEquals(2, tally.count(Verdict.MISPLACED));
    assertEquals(1, tally.count(Verdict.STALE));
    assertEquals(PAGES - 5, tally.count(Verdict.RIGHT));
  }

  @Test
  void aPageThatFailsDoesNotTakeItsBatchAlong() throws IOException {
    area.faults =
        offset ->
            offset == 7 ? new PageLostException(new PageFault("twin", 7, "ramster", "gone")) : null;
    judgeAll();
    assertEquals(1, tally.count(Verdict.LOST));
    assertEquals(PAGES - 1, tally.count(Verdict.RIGHT));
    assertEquals("page 7 is lost", tally.firstWrong());
  }

  @Test
  void whatIsUnavailableForAWhileIsWaitedFor() throws IOException {
    Set<Long> seen = ConcurrentHashMap.newKeySet();
    area.faults =
        offset ->
            offset % 50 == 0 && seen.add(offset)
                ? new TmemException(ErrorCode.OUTCOME_UNKNOWN, "no answer")
                : null;
    judgeAll();
    assertEquals(PAGES, tally.count(Verdict.RIGHT));
  }

  @Test
  void measuredLoadsAreJudgedToo() throws IOException {
    page(20)[5] ^= 1;
    long[] some = LongStream.range(0, 150).toArray();
    assertTrue(loads.measure(some, new Stage("test", 150), tally) > 0);
    assertEquals(149, tally.count(Verdict.RIGHT));
    assertEquals(1, tally.count(Verdict.CORRUPT));
  }
}
