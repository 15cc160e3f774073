package dev.tmem.node;

import dev.tmem.SwapArea;
import dev.tmem.SwapAreaOptions;
import dev.tmem.Tmem;
import dev.tmem.TmemOptions;
import dev.tmem.Until;
import dev.tmem.memory.ProcessMemory;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * A node in a process of its own: fills an area far beyond its memory limit, lowers the limit, and
 * says after each step what the operating system counts, one JSON object a line. Its heap has to be
 * fixed and touched at start, so that what grows is what the node keeps off-heap.
 */
final class LimitProcess {

  private static final int PAGE_BYTES = 4096;

  private LimitProcess() {}

  /**
   * @param args the data folder, the memory limit, the lowered one, the number of pages
   */
  public static void main(String[] args) {
    long limit = Long.parseLong(args[1]);
    long lowered = Long.parseLong(args[2]);
    int pages = Integer.parseInt(args[3]);
    TmemOptions options =
        new TmemOptions()
            .setName("limited")
            .setDataFolder(Path.of(args[0]).toString())
            .setMemoryLimit(limit)
            .setSwapFileSize((long) pages * PAGE_BYTES);
    Vertx vertx = Vertx.vertx();
    Tmem tmem = await(Tmem.start(vertx, options));
    SwapArea area = await(tmem.swapOn("a", new SwapAreaOptions()));
    // Everything runs once before anything is measured: code, threads and buffers are there then.
    fill(area, 0, pages);
    verify(area, 0, pages);
    await(area.invalidateArea());
    say("empty", tmem);
    fill(area, 0, pages);
    say("full", tmem);
    await(tmem.admin("memory-limit", new JsonObject().put("bytes", lowered)));
    holds(tmem, lowered);
    say("lowered", tmem);
    verify(area, 0, pages);
    await(tmem.admin("memory-limit", new JsonObject().put("bytes", limit)));
    fill(area, 0, pages);
    say("raised", tmem);
    await(area.invalidateArea());
    await(tmem.admin("compact", new JsonObject()));
    say("emptied", tmem);
    await(tmem.close());
    await(vertx.close());
  }

  private static <T extends @Nullable Object> T await(Future<T> future) {
    return Until.done(future);
  }

  /** Half of a page is noise. */
  private static Buffer page(long offset) {
    byte[] page = new byte[PAGE_BYTES];
    SplittableRandom random = new SplittableRandom(offset);
    for (int i = 0; i < PAGE_BYTES / 2; i += Long.BYTES) {
      long word = random.nextLong();
      for (int b = 0; b < Long.BYTES; b++) {
        page[i + b] = (byte) (word >>> (8 * b));
      }
    }
    return Buffer.buffer(page);
  }

  private static void fill(SwapArea area, int from, int to) {
    for (int i = from; i < to; i++) {
      await(area.store(i, page(i)));
    }
  }

  private static void verify(SwapArea area, int from, int to) {
    for (int i = from; i < to; i++) {
      if (!page(i).equals(LimitProcess.<@Nullable Buffer>await(area.load(i)))) {
        throw new AssertionError("page " + i + " is not what was stored");
      }
    }
  }

  private static void holds(Tmem tmem, long limit) {
    Until.until(
        () -> await(tmem.admin("stats", new JsonObject())).getLong("memoryUsed") <= limit,
        "the limit of " + limit + " bytes holds");
  }

  private static void say(String when, Tmem tmem) {
    System.gc(); // direct buffers that nobody has any more
    JsonObject stats = await(tmem.admin("stats", new JsonObject()));
    System.out.println(
        new JsonObject()
            .put("when", when)
            .put("rss", new ProcessMemory().rssBytes())
            .put("used", stats.getLong("memoryUsed"))
            .put("limit", stats.getLong("memoryLimit"))
            .put("pages", stats.getLong("pages"))
            .put("inRam", stats.getJsonObject("pagesByBackend").getLong("zram"))
            .encode());
  }
}
