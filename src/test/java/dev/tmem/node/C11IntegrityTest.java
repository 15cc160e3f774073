package dev.tmem.node;

import static dev.tmem.node.NodeKit.admin;
import static dev.tmem.node.NodeKit.awaitPeer;
import static dev.tmem.node.NodeKit.options;
import static dev.tmem.node.NodeKit.page;
import static dev.tmem.node.NodeKit.stat;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tmem.PageFault;
import dev.tmem.PageLostException;
import dev.tmem.SwapArea;
import dev.tmem.SwapAreaOptions;
import dev.tmem.Until;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * C11: what has left the process comes back as it was, or not at all. The swap file of a running
 * node is damaged all over: pages with another copy come from there, the others are lost and say
 * so, and no load returns a wrong byte. What damage does elsewhere is shown by the tests of those
 * packages.
 */
class C11IntegrityTest {

  private static final int PAGES = 3_000;

  /** A bit in each of so many bytes is turned over: some in every record. */
  private static final int DAMAGE_BYTES = 1024;

  @TempDir Path base;

  private static void damage(Path file) throws IOException {
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      ByteBuffer one = ByteBuffer.allocate(1);
      for (long at = DAMAGE_BYTES / 2; at < channel.size(); at += DAMAGE_BYTES) {
        channel.read(one.clear(), at);
        one.put(0, (byte) (one.get(0) ^ 1 << at / DAMAGE_BYTES % 8));
        channel.write(one.flip(), at);
      }
    }
  }

  /** Loads each page: right, or lost with its name; the number of those that are lost. */
  private static int lost(SwapArea area) {
    int lost = 0;
    for (int offset = 0; offset < PAGES; offset++) {
      try {
        Buffer loaded = Until.done(area.load(offset));
        assertNotNull(loaded, "page " + offset);
        assertArrayEquals(page(offset), loaded.getBytes(), "page " + offset);
      } catch (PageLostException e) {
        PageFault fault = e.fault();
        assertEquals(area.name(), fault.area());
        assertEquals(offset, fault.offset());
        lost++;
      }
    }
    return lost;
  }

  @Test
  void aDamagedSwapFileNeverReturnsAWrongPage() throws Exception {
    try (RunningNode alpha = ClusterLauncher.node(options(base, "alpha", 16, 64));
        RunningNode beta = ClusterLauncher.node(options(base, "beta", 16, 64))) {
      awaitPeer(alpha, "beta");
      SwapArea area = Until.done(alpha.tmem().swapOn("a", new SwapAreaOptions()));
      assertEquals(PAGES, NodeKit.fill(area, PAGES));
      admin(alpha, "shrink", "backend", "zram", "pages", 0);
      JsonObject stats = admin(alpha, "stats");
      long onDiskAlone = stats.getJsonObject("pagesByBackend").getLong("swapfile");
      long onDiskToo = stats.getJsonObject("extraCopiesByBackend").getLong("swapfile");
      assertTrue(onDiskAlone > 500 && onDiskToo > 500, stats.encode());
      assertTrue(stat(beta, "foreignPages") > 500, "their other copy is with the neighbour");

      damage(base.resolve("alpha").resolve("swap"));

      assertEquals(onDiskAlone, lost(area), "those without another copy");
      assertEquals(onDiskAlone, counter(alpha, "pages_lost"));
      assertEquals(onDiskAlone, lost(area), "they stay lost");
      assertTrue(Until.done(area.contains(lostOffset(area))), "a lost page is not absent");
      admin(alpha, "scrub");
      assertEquals(onDiskAlone, counter(alpha, "pages_lost"), "the others have another copy");
      Until.until(() -> stat(alpha, "underProtectedPages") == 0, "they have two again");
      Until.until(() -> isActive(alpha), "a disk that reads well again is trusted again");
      assertEquals(PAGES, NodeKit.fill(area, PAGES));
      assertEquals(0, lost(area), "what is stored anew is there");
    }
  }

  private static boolean isActive(RunningNode node) {
    return admin(node, "backends").getJsonArray("backends").stream()
        .map(JsonObject.class::cast)
        .filter(backend -> "swapfile".equals(backend.getString("name")))
        .allMatch(backend -> "active".equals(backend.getString("state")));
  }

  private static long counter(RunningNode node, String name) {
    return admin(node, "stats").getJsonObject("counters").getLong(name);
  }

  private static long lostOffset(SwapArea area) {
    for (long offset = 0; offset < PAGES; offset++) {
      try {
        Until.done(area.load(offset));
      } catch (PageLostException e) {
        return offset;
      }
    }
    throw new AssertionError("none is lost");
  }
}
