package dev.tmem.node;

import static dev.tmem.node.NodeKit.admin;
import static dev.tmem.node.NodeKit.awaitPeer;
import static dev.tmem.node.NodeKit.begun;
import static dev.tmem.node.NodeKit.fill;
import static dev.tmem.node.NodeKit.options;
import static dev.tmem.node.NodeKit.page;
import static dev.tmem.node.NodeKit.stat;
import static dev.tmem.node.NodeKit.verify;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tmem.ErrorCode;
import dev.tmem.Protection;
import dev.tmem.SwapArea;
import dev.tmem.SwapAreaOptions;
import dev.tmem.TmemException;
import dev.tmem.Until;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A node that is told to leave: what it owes its peers comes first, what ends with it is listed.
 */
class LeavingTest {

  @TempDir Path base;

  @Test
  @SuppressWarnings("try") // how it is closed is what is tested
  void whatWouldEndIsListedThenDiscardedAfterThePeersHaveTheirPages() throws Exception {
    try (RunningNode alpha = ClusterLauncher.node(options(base, "alpha", 16, 64));
        RunningNode beta = ClusterLauncher.node(options(base, "beta", 32, 0))) {
      awaitPeer(alpha, "beta");
      SwapArea theirs = Until.done(alpha.tmem().swapOn("theirs", new SwapAreaOptions()));
      int pages = fill(theirs, 5_000);
      assertTrue(stat(beta, "foreignPages") > 0);
      SwapArea own = Until.done(beta.tmem().swapOn("own", new SwapAreaOptions()));
      assertEquals(10, fill(own, 10));

      JsonObject refused = admin(beta, "drain");
      assertFalse(refused.getBoolean("drained"));
      assertEquals(
          new JsonArray()
              .add(new JsonObject().put("area", "own").put("pages", 10).put("handles", 1)),
          refused.getJsonArray("areas"));
      assertFalse(admin(beta, "stats").getBoolean("leaving"));
      verify(own, 10);

      JsonObject drained = admin(beta, "drain", "discard", true);
      assertTrue(drained.getBoolean("drained"), drained.encode());
      assertTrue(drained.getLong("handedBack") > 0, drained.encode());
      assertEquals(10, drained.getLong("discarded"));
      assertEquals(new JsonArray().add("own"), drained.getJsonArray("ended"));
      assertEquals(0, stat(beta, "foreignPages"));
      assertTrue(admin(beta, "stats").getBoolean("leaving"));
      assertThrows(TmemException.class, () -> Until.<@Nullable Buffer>done(own.load(1)));
      verify(theirs, pages);
      JsonObject again = admin(beta, "drain");
      assertTrue(again.getBoolean("drained"), "nothing is at stake any more");
      beta.close();
      assertTrue(beta.hasLeftInOrder());
      verify(theirs, pages);
      assertTrue(admin(alpha, "check").getBoolean("ok"));
    }
  }

  /** Without a swap file, with its RAM full, alpha has no other place for what beta keeps. */
  @Test
  void aDrainIsNotDoneWhileAnOwnerHasItsOnlyCopyHereAndCanBeTakenBack() throws Exception {
    NodeOptions hurried = options(base, "beta", 16, 0);
    hurried.getTmem().setLeaveTimeoutMillis(500);
    try (RunningNode alpha = ClusterLauncher.node(options(base, "alpha", 16, 0));
        RunningNode beta = ClusterLauncher.node(hurried)) {
      awaitPeer(alpha, "beta");
      SwapArea area =
          Until.done(
              alpha.tmem().swapOn("theirs", new SwapAreaOptions().setProtection(Protection.NONE)));
      int pages = fill(area, 20_000);
      assertTrue(pages < 20_000, "alpha and beta are full");
      long lent = stat(beta, "foreignPages");
      assertTrue(lent > 0);

      Future<JsonObject> drain = begun(beta, "drain");
      Until.until(
          () -> admin(alpha, "peers").encode().contains("\"leaving\""), "alpha hears of it");
      JsonObject work = admin(beta, "works").getJsonArray("works").getJsonObject(0);
      assertEquals("drain", work.getString("what"));
      assertEquals(lent, work.getLong("total"));
      assertFalse(drain.isComplete());
      admin(beta, "stop", "work", work.getLong("work"));
      JsonObject stopped = Until.done(drain);
      assertFalse(stopped.getBoolean("drained"), stopped.encode());
      assertTrue(stopped.getLong("foreignPages") > 0, stopped.encode());
      Until.until(
          () -> !admin(alpha, "peers").encode().contains("\"leaving\""), "beta lends again");
      verify(area, pages);

      Future<JsonObject> second = begun(beta, "drain");
      int kept = pages / 3;
      for (int offset = kept; offset < pages; offset++) {
        Until.done(area.invalidatePage(offset));
      }
      assertTrue(Until.done(second).getBoolean("drained"));
      verify(area, kept);

      admin(beta, "lend-limit", "bytes", 0);
    }
  }

  @Test
  @SuppressWarnings("try") // how it is closed is what is tested
  void pastItsTimeLimitItLeavesAndSaysWhatThatCost() throws Exception {
    NodeOptions hurried = options(base, "beta", 16, 0);
    hurried.getTmem().setLeaveTimeoutMillis(300);
    try (RunningNode alpha = ClusterLauncher.node(options(base, "alpha", 16, 0));
        RunningNode beta = ClusterLauncher.node(hurried)) {
      awaitPeer(alpha, "beta");
      SwapArea area =
          Until.done(
              alpha.tmem().swapOn("theirs", new SwapAreaOptions().setProtection(Protection.NONE)));
      int pages = fill(area, 20_000);
      assertTrue(stat(beta, "foreignPages") > 0);
      beta.close();
      assertFalse(beta.hasLeftInOrder());
      int lost = 0;
      for (int offset = 0; offset < pages; offset++) {
        try {
          Buffer page = Objects.requireNonNull(Until.done(area.load(offset)), "page " + offset);
          assertArrayEquals(page(offset), page.getBytes());
        } catch (TmemException gone) {
          assertTrue(
              gone.code() == ErrorCode.PAGE_LOST || gone.code() == ErrorCode.PAGE_UNAVAILABLE,
              gone.toString());
          lost++;
        }
      }
      assertTrue(lost > 0, "what was left behind is named, never absent");
    }
  }
}
