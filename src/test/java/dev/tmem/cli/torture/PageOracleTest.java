package dev.tmem.cli.torture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Whether every kind of wrong page is told from a right one, and from each other. */
class PageOracleTest {

  private static final long AREA = 77;
  private static final long OFFSET = 5;

  private final PageOracle oracle = new PageOracle();

  private static byte[] page(long version) {
    return new TorturePage(AREA, OFFSET, version).bytes();
  }

  private Verdict judge(byte @Nullable [] bytes) {
    return oracle.read().judge(AREA, OFFSET, bytes);
  }

  private long stored() {
    long version = oracle.beginStore();
    oracle.settle(version);
    return version;
  }

  @Test
  void aPageThatWasNeverStoredIsAbsent() {
    assertEquals(Verdict.RIGHT, judge(null));
    assertEquals(Verdict.STALE, judge(page(1)));
  }

  @Test
  void whatWasStoredLastIsRightAndNothingElse() {
    long first = stored();
    long second = stored();
    assertEquals(Verdict.RIGHT, judge(page(second)));
    assertEquals(Verdict.STALE, judge(page(first)));
    assertEquals(Verdict.LOST, judge(null));
    assertTrue(oracle.isPresent());
  }

  @Test
  void anotherPagesContentIsMisplaced() {
    long version = stored();
    assertEquals(Verdict.MISPLACED, judge(new TorturePage(AREA, OFFSET + 1, version).bytes()));
    assertEquals(Verdict.MISPLACED, judge(new TorturePage(AREA + 1, OFFSET, version).bytes()));
  }

  @Test
  void oneBitThatIsWrongIsCorrupt() {
    byte[] bytes = page(stored());
    bytes[TorturePage.BYTES - 1] ^= 1;
    assertEquals(Verdict.CORRUPT, judge(bytes));
    assertEquals(Verdict.CORRUPT, judge(new byte[0]));
    assertEquals(Verdict.CORRUPT, judge(new byte[TorturePage.BYTES]));
  }

  @Test
  void aPageThatWasInvalidatedMayNotComeBack() {
    long version = stored();
    oracle.beginInvalidate();
    oracle.settle(PageOracle.ABSENT);
    assertEquals(Verdict.RIGHT, judge(null));
    assertEquals(Verdict.STALE, judge(page(version)));
  }

  @Test
  void duringAChangeBothAreRight() {
    long before = stored();
    PageOracle.Reading early = oracle.read();
    long after = oracle.beginStore();
    assertEquals(Verdict.RIGHT, judge(page(before)));
    assertEquals(Verdict.RIGHT, judge(page(after)));
    oracle.settle(after);
    assertEquals(Verdict.STALE, judge(page(before)));
    assertEquals(Verdict.RIGHT, early.judge(AREA, OFFSET, page(before)));
  }

  @Test
  void afterAnUnknownOutcomeEitherIsRight() {
    long before = stored();
    long after = oracle.beginStore();
    oracle.unknown();
    assertEquals(Verdict.RIGHT, judge(page(before)));
    assertEquals(Verdict.RIGHT, judge(page(after)));
    assertEquals(Verdict.STALE, judge(page(after + 1)));
    assertFalse(oracle.isPresent());
  }

  @Test
  void aPageIsCountedAsLostOnce() {
    stored();
    assertEquals(Verdict.LOST, oracle.read().lost());
    assertEquals(Verdict.UNAVAILABLE, oracle.read().lost());
    assertEquals(Verdict.RIGHT, judge(page(stored())));
  }

  @Test
  void contentsDifferByEachOfTheThree() {
    assertEquals(new TorturePage(1, 2, 3), TorturePage.of(new TorturePage(1, 2, 3).bytes()));
    assertTrue(TorturePage.isWhole(page(9)));
    assertFalse(TorturePage.isWhole("short".getBytes(StandardCharsets.UTF_8)));
  }
}
