package dev.tmem.cli.simulation;

import dev.tmem.ErrorCode;
import dev.tmem.PageLostException;
import dev.tmem.PageUnavailableException;
import dev.tmem.Protection;
import dev.tmem.TmemException;
import io.vertx.core.buffer.Buffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Knows what the contracts allow. Confined to the thread of its schedule. */
final class Judge {

  /** A backend that failed may be left alone for so long before it is tried again. */
  private static final long DISTRUST = 120_000 * Events.MILLI;

  private final Cluster cluster;

  /** Whether everything is healed and quiet: then no page may be unavailable. */
  private boolean strict;

  Judge(Cluster cluster) {
    this.cluster = cluster;
  }

  void beStrict() {
    strict = true;
  }

  /** C11: a page that comes back is whole, and is the one that was asked for. */
  int version(SimArea area, long offset, Buffer page) {
    byte[] bytes = page.getBytes();
    long word = bytes.length < Long.BYTES ? 0 : page.getLong(0);
    if (PageContent.area(word) != area.number() || PageContent.offset(word) != offset) {
      broken("C11", area, offset, "another page came back, its first word is " + word);
    } else if (!Arrays.equals(bytes, PageContent.of(word, area.options().getPageSize()))) {
      broken("C11", area, offset, "its bytes are wrong");
    }
    return PageContent.version(word);
  }

  /** C1: nothing older than the last store or invalidate; C2: nothing is simply not there. */
  void mayBeSeen(SimArea area, long offset, PageTruth.Sight sight, int version) {
    if (sight.mayBe(version)) {
      return;
    }
    if (version == PageTruth.ABSENT) {
      broken("C2", area, offset, "absent, it should be one of " + sight);
    } else {
      broken("C1", area, offset, "version " + version + " came back, not one of " + sight);
    }
  }

  /**
   * C2: a page may be unavailable for a while; it may be lost only by more than its protection
   * bears.
   *
   * @return whether it is lost
   */
  boolean loadFailed(SimArea area, long offset, PageTruth.Sight sight, Throwable error) {
    if (error instanceof PageUnavailableException) {
      if (isSafe(area, sight) && (strict || neverUnavailable(area))) {
        broken("C2", area, offset, "it should be available: " + error.getMessage());
      }
      return false;
    }
    if (!(error instanceof PageLostException)) {
      broken("C2", area, offset, "a load failed with " + error);
    } else if (!sight.mayBe(PageTruth.LOST) && isSafe(area, sight)) {
      broken("C2", area, offset, "it should not be lost: " + error.getMessage());
    }
    return true;
  }

  /** With the disk as the second place, and a disk that is well, the page is always there. */
  private static boolean neverUnavailable(SimArea area) {
    SimDisk disk = area.node().disk();
    return area.options().getProtection() == Protection.DISK
        && disk != null
        && disk.lastTrouble() == Long.MIN_VALUE;
  }

  /**
   * Whether what went wrong since the page was stored is less than what its protection bears. A
   * disk that damages what it keeps may cost any page, since one that lies there needs no other
   * copy. A copy at a lender that is doubted is given up, if there is another one; so a doubt and
   * an end together may cost a page. What ended before the node was safe again counts no more.
   */
  private boolean isSafe(SimArea area, PageTruth.Sight sight) {
    if (area.node().damages() > 0) {
      return false;
    }
    int since = Math.max(sight.harmAtStore(), area.node().safeHarm());
    int harm = cluster.harm(area.node()) - since;
    int doubts = cluster.doubts() - sight.doubtsAtStore();
    return switch (area.options().getProtection()) {
      case NONE -> cluster.harm(area.node()) == sight.harmAtStore();
      case ANY, REPLICA -> harm == 0 || harm + doubts <= 1;
      case DISK -> true;
    };
  }

  /** C5 and C10: a store fails only where the last tier could not take the page. */
  void storeFailed(SimArea area, long offset, long since, Throwable error) {
    ErrorCode code = error instanceof TmemException known ? known.code() : ErrorCode.INTERNAL;
    if (code != ErrorCode.FULL) {
      broken("C5", area, offset, "a store failed with " + error);
    }
    SimDisk disk = area.node().disk();
    if (disk != null && disk.lastTrouble() < since - DISTRUST) {
      broken("C5", area, offset, "refused, though the disk takes pages: " + error.getMessage());
    }
  }

  void mustSucceed(SimArea area, String what, @Nullable Throwable error) {
    if (error != null) {
      cluster.report(new Violation("C12", what + " of " + area + " failed with " + error));
    }
  }

  void broken(String contract, SimArea area, long offset, String what) {
    cluster.report(
        new Violation(
            contract,
            "page "
                + offset
                + " of "
                + area
                + " ("
                + area.options().getProtection()
                + "): "
                + what));
  }
}
