package dev.tmem.cli.terminal;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class AmountTest {

  @Test
  void countsAndBytes() {
    assertEquals("1,234,567", Amount.count(1_234_567));
    assertEquals("0 B", Amount.bytes(0));
    assertEquals("64.0 MiB", Amount.bytes(64L << 20));
    assertEquals("-1.0 KiB", Amount.bytes(-1024));
    assertEquals("64.0M", Amount.shortBytes(64L << 20));
    assertEquals("12B", Amount.shortBytes(12));
  }

  @Test
  void ratesOfNoTimeAreNotTold() {
    assertEquals("12,346 pages/s", Amount.pagesPerSecond(12_345.6));
    assertEquals("-", Amount.pagesPerSecond(1 / 0.0));
    assertEquals("-", Amount.bytesPerSecond(0 / 0.0));
    assertEquals("1.5 MiB/s", Amount.bytesPerSecond(1.5 * (1 << 20)));
  }

  @Test
  void partsOfAWhole() {
    assertEquals("62 %", Amount.percent(629, 1000));
    assertEquals("99 %", Amount.percent(9_999_999, 10_000_000));
    assertEquals("100 %", Amount.percent(0, 0));
    assertEquals("2.50", Amount.ratio(5, 2));
    assertEquals("-", Amount.ratio(5, 0));
  }

  @Test
  void times() {
    assertEquals("4.2 s", Amount.seconds(4.23));
    assertEquals("1:05", Amount.seconds(65.4));
    assertEquals("2:00:00", Amount.seconds(7200));
  }
}
