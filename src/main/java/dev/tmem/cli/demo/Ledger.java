package dev.tmem.cli.demo;

import java.io.IOException;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * What every page must hold: the file's bytes (version 0) until it was overwritten, then those of
 * the highest version.
 *
 * <p>Thread-safe: arrays with atomic elements, each written before the page it is about is judged.
 */
final class Ledger {

  private final PageSource source;
  private final int pageSize;
  private final AtomicIntegerArray versions;
  private final AtomicIntegerArray checksums;

  Ledger(PageSource source, int pageSize) {
    this.source = source;
    this.pageSize = pageSize;
    this.versions = new AtomicIntegerArray(Math.toIntExact(source.pages()));
    this.checksums = new AtomicIntegerArray(Math.toIntExact(source.pages()));
  }

  /** The file's page was stored. */
  void imported(long offset, byte[] page) {
    checksums.set((int) offset, checksum(page));
  }

  /** Whether a page belongs to the quarter that is overwritten: one of each four in a row. */
  static boolean isOverwritten(long offset) {
    long four = offset >> 2;
    long mixed = (four ^ four >>> 7) * 0x9E3779B97F4A7C15L;
    return (offset & 3) == mixed >>> 62;
  }

  /** The page's next version, which is from now on the right one. */
  byte[] overwrite(long offset) {
    return GeneratedPage.of(offset, versions.incrementAndGet((int) offset), pageSize);
  }

  /**
   * Judges what a load returned.
   *
   * @param page null: nothing could be had
   */
  Verdict judge(long offset, byte @Nullable [] page) throws IOException {
    if (page == null) {
      return Verdict.LOST;
    }
    int version = versions.get((int) offset);
    if (holds(page, offset, version)) {
      return Verdict.RIGHT;
    }
    for (int older = version - 1; older >= 0; older--) {
      if (holds(page, offset, older)) {
        return Verdict.STALE;
      }
    }
    return isOfAnother(page, offset) ? Verdict.MISPLACED : Verdict.CORRUPT;
  }

  private boolean holds(byte[] page, long offset, int version) throws IOException {
    if (version > 0) {
      return Arrays.equals(page, GeneratedPage.of(offset, version, pageSize));
    }
    // A file that was changed meanwhile is the file's fault: its checksum at the import decides.
    return Arrays.equals(page, source.page(offset))
        || checksum(page) == checksums.get((int) offset);
  }

  private boolean isOfAnother(byte[] page, long offset) throws IOException {
    if (GeneratedPage.is(page)) {
      long other = GeneratedPage.offsetOf(page);
      int version = GeneratedPage.versionOf(page);
      return other != offset && Arrays.equals(page, GeneratedPage.of(other, version, pageSize));
    }
    int checksum = checksum(page);
    for (int other = 0; other < checksums.length(); other++) {
      if (checksums.get(other) == checksum && Arrays.equals(page, source.page(other))) {
        return true;
      }
    }
    return false;
  }

  private static int checksum(byte[] page) {
    CRC32C crc = new CRC32C();
    crc.update(page);
    return (int) crc.getValue();
  }

  /** How many pages were overwritten so far. */
  long overwritten() {
    long count = 0;
    for (int i = 0; i < versions.length(); i++) {
      count += versions.get(i) > 0 ? 1 : 0;
    }
    return count;
  }
}
