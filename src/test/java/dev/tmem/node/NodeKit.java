package dev.tmem.node;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import dev.tmem.ErrorCode;
import dev.tmem.SwapArea;
import dev.tmem.TmemException;
import dev.tmem.Until;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** What tests of nodes that lend to each other have in common. */
final class NodeKit {

  private static final int PAGE_SIZE = 4096;

  private NodeKit() {}

  static NodeOptions options(Path base, String name, int memoryMiB, int swapMiB) {
    NodeOptions options = new NodeOptions();
    options
        .getTmem()
        .setName(name)
        .setDataFolder(base.resolve(name).toString())
        .setMemoryLimit((long) memoryMiB << 20)
        .setLendLimit((long) memoryMiB << 19)
        .setSwapFileSize((long) swapMiB << 20);
    options.getCluster().setName(base.getFileName().toString());
    return options;
  }

  /** Does not compress. */
  static byte[] page(long offset) {
    byte[] bytes = new byte[PAGE_SIZE];
    new Random(offset).nextBytes(bytes);
    return bytes;
  }

  static JsonObject admin(RunningNode node, String command, Object... arguments) {
    return Until.done(begun(node, command, arguments));
  }

  static Future<JsonObject> begun(RunningNode node, String command, Object... arguments) {
    JsonObject json = new JsonObject();
    for (int i = 0; i < arguments.length; i += 2) {
      json.put((String) arguments[i], arguments[i + 1]);
    }
    return node.tmem().admin(command, json);
  }

  static long stat(RunningNode node, String key) {
    return admin(node, "stats").getLong(key);
  }

  static void awaitPeer(RunningNode node, String name) throws Exception {
    Until.until(
        () -> admin(node, "peers").encode().contains("\"name\":\"" + name + "\""),
        node.tmem().nodeName() + " hears of " + name);
  }

  /** Stores until one is refused; the number of pages. */
  static int fill(SwapArea area, int max) {
    for (int offset = 0; offset < max; offset++) {
      try {
        Until.done(area.store(offset, Buffer.buffer(page(offset))));
      } catch (TmemException refused) {
        assertEquals(ErrorCode.FULL, refused.code());
        return offset;
      }
    }
    return max;
  }

  static void verify(SwapArea area, int pages) {
    for (int offset = 0; offset < pages; offset++) {
      @Nullable Buffer page = Until.done(area.load(offset));
      assertNotNull(page, "page " + offset);
      assertArrayEquals(page(offset), page.getBytes(), "page " + offset);
    }
  }
}
