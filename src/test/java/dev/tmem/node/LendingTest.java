package dev.tmem.node;

import static dev.tmem.node.NodeKit.admin;
import static dev.tmem.node.NodeKit.awaitPeer;
import static dev.tmem.node.NodeKit.fill;
import static dev.tmem.node.NodeKit.options;
import static dev.tmem.node.NodeKit.stat;
import static dev.tmem.node.NodeKit.verify;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tmem.SwapArea;
import dev.tmem.SwapAreaOptions;
import dev.tmem.Until;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A node that lends and needs its RAM: whole nodes. */
class LendingTest {

  @TempDir Path base;

  private static JsonObject peer(RunningNode node) {
    return admin(node, "peers").getJsonArray("peers").getJsonObject(0);
  }

  @Test
  void aLoweredLimitAndOwnPagesHaveForeignOnesHandedBackAndNoneIsLost() throws Exception {
    try (RunningNode alpha = ClusterLauncher.node(options(base, "alpha", 16, 64));
        RunningNode beta = ClusterLauncher.node(options(base, "beta", 16, 64))) {
      awaitPeer(alpha, "beta");
      SwapArea theirs = Until.done(alpha.tmem().swapOn("theirs", new SwapAreaOptions()));
      int pages = fill(theirs, 6_000);
      long lent = stat(beta, "foreignPages");
      assertTrue(lent > 500, lent + " pages lent");
      assertEquals(lent, peer(beta).getLong("foreignPages"));

      long limit = stat(beta, "foreignBytes") / 2;
      admin(beta, "lend-limit", "bytes", limit);
      Until.until(() -> stat(beta, "foreignBytes") <= limit, "the limit holds");
      assertTrue(stat(beta, "foreignPages") > 100, "what is under the limit stays");
      verify(theirs, pages);

      SwapArea own = Until.done(beta.tmem().swapOn("own", new SwapAreaOptions()));
      int ownPages = fill(own, 4_000);
      // As long as they want room: what was demoted meanwhile wants it again.
      Until.until(
          () -> {
            fill(own, ownPages);
            return stat(beta, "foreignPages") == 0;
          },
          "own pages come first");
      assertTrue(peer(beta).getLong("handedBackPages") > 500);
      verify(theirs, pages);
      verify(own, ownPages);
      Until.until(
          () -> peer(alpha).getLong("lentPages") == stat(beta, "foreignPages"), "the books agree");
      for (RunningNode node : new RunningNode[] {alpha, beta}) {
        JsonObject check = admin(node, "check");
        assertTrue(check.getBoolean("ok"), check.encode());
      }
    }
  }
}
