package dev.tmem.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tmem.BackendInfo;
import dev.tmem.ErrorCode;
import dev.tmem.PageLostException;
import dev.tmem.SwapArea;
import dev.tmem.SwapAreaOptions;
import dev.tmem.Tmem;
import dev.tmem.TmemException;
import dev.tmem.TmemOptions;
import dev.tmem.Until;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import io.vertx.junit5.VertxExtension;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Several swap files of one node, from the configuration and by command. */
@ExtendWith(VertxExtension.class)
class SwapfilesTest {

  private static final long SMALL = 48L << 20;

  @TempDir Path base = Path.of("");

  private TmemOptions options() {
    return new TmemOptions()
        .setName("n")
        .setDataFolder(base.resolve("n").toString())
        .setMemoryLimit(64 << 20)
        .setSwapFileSize(SMALL);
  }

  private static List<String> names(Tmem tmem) {
    return Until.done(tmem.backends().list()).stream().map(BackendInfo::name).toList();
  }

  private static TmemException refused(Future<?> future) {
    return assertThrows(TmemException.class, () -> Until.done(future));
  }

  private static Future<JsonObject> register(Tmem tmem, String name, Object... options) {
    JsonObject given = new JsonObject();
    for (int i = 0; i < options.length; i += 2) {
      given.put(String.valueOf(options[i]), options[i + 1]);
    }
    return tmem.admin(
        "register",
        new JsonObject().put("provider", "swapfile").put("backend", name).put("options", given));
  }

  private static long pagesIn(Tmem tmem, String backend) {
    return Until.done(tmem.backends().list()).stream()
        .filter(info -> info.name().equals(backend))
        .mapToLong(BackendInfo::pages)
        .sum();
  }

  private static Buffer page(int number) {
    byte[] bytes = new byte[4096];
    new Random(number).nextBytes(bytes);
    return Buffer.buffer(bytes);
  }

  private static SwapArea filled(Tmem tmem, int pages) {
    SwapArea area = Until.done(tmem.swapOn("a", new SwapAreaOptions()));
    for (int i = 0; i < pages; i++) {
      Until.done(area.store(i, page(i)));
    }
    Until.done(tmem.admin("shrink", new JsonObject().put("backend", "zram").put("pages", 0)));
    return area;
  }

  private static void assertPages(SwapArea area, int pages) {
    for (int i = 0; i < pages; i++) {
      assertEquals(page(i), Until.done(area.load(i)));
    }
  }

  @Test
  void thePrioritySaysWhichIsFilledFirst(Vertx vertx) {
    JsonObject more =
        new JsonObject()
            .put(
                "slow",
                new JsonObject().put("provider", "swapfile").put("size", SMALL).put("priority", -1))
            .put(
                "fast",
                new JsonObject()
                    .put("provider", "swapfile")
                    .put("size", "48m")
                    .put("priority", 5)
                    .put("path", base.resolve("else").resolve("f").toString()));
    Tmem tmem = Until.done(Tmem.start(vertx, options().setBackends(more)));
    assertEquals(List.of("zram", "fast", "swapfile", "slow"), names(tmem));
    assertTrue(Files.exists(base.resolve("else").resolve("f")));
    assertTrue(Files.exists(base.resolve("n").resolve("slow").resolve("swap")));
    SwapArea area = filled(tmem, 50);
    assertEquals(50, pagesIn(tmem, "fast"));
    Until.done(tmem.admin("deregister", new JsonObject().put("backend", "fast")));
    assertEquals(List.of("zram", "swapfile", "slow"), names(tmem));
    assertPages(area, 50);
    Until.done(register(tmem, "fast", "size", "48m", "priority", 7));
    assertEquals(List.of("zram", "fast", "swapfile", "slow"), names(tmem));
    Until.done(tmem.close());
  }

  @Test
  void whatIsWrongWithAFileIsSaidAndNothingStays(Vertx vertx) throws Exception {
    Tmem tmem = Until.done(Tmem.start(vertx, options()));
    long used = memoryUsed(tmem);
    assertEquals(ErrorCode.INVALID_OPTION, refused(register(tmem, "x")).code());
    assertEquals(ErrorCode.INVALID_OPTION, refused(register(tmem, "x", "size", "5x")).code());
    assertEquals(
        ErrorCode.INVALID_OPTION,
        refused(register(tmem, "x", "size", "48m", "priority", 100)).code());
    assertEquals(
        ErrorCode.INVALID_OPTION, refused(register(tmem, "x", "size", "48m", "speed", 1)).code());
    TmemException small = refused(register(tmem, "x", "size", "1m"));
    assertEquals(ErrorCode.BACKEND_FAILED, small.code());
    assertTrue(String.valueOf(small.getMessage()).contains("too small"), small.getMessage());
    Path own = base.resolve("n").resolve("swap");
    TmemException taken = refused(register(tmem, "x", "size", "48m", "path", own.toString()));
    assertTrue(String.valueOf(taken.getMessage()).contains("in use"), taken.getMessage());
    assertEquals(List.of("zram", "swapfile"), names(tmem));
    assertEquals(used, memoryUsed(tmem));
    Until.done(tmem.close());
  }

  private static long memoryUsed(Tmem tmem) {
    return Until.done(tmem.admin("stats", new JsonObject())).getLong("memoryUsed");
  }

  @Test
  void aFileGrowsByCommand(Vertx vertx) throws Exception {
    Tmem tmem = Until.done(Tmem.start(vertx, options()));
    SwapArea area = filled(tmem, 20);
    JsonObject grow = new JsonObject().put("backend", "swapfile").put("size", "80m");
    JsonObject grown = Until.done(tmem.admin("grow", grow));
    assertTrue(grown.getLong("bytes") > grown.getLong("previous"));
    assertEquals(grown.getLong("bytes"), Files.size(base.resolve("n").resolve("swap")));
    assertPages(area, 20);
    assertEquals(ErrorCode.BACKEND_FAILED, refused(tmem.admin("grow", grow)).code());
    assertEquals(
        ErrorCode.UNKNOWN_BACKEND,
        refused(tmem.admin("grow", grow.copy().put("backend", "zram"))).code());
    Until.done(tmem.close());
  }

  /** Nobody can take the pages: the file stays, or goes by force and says which pages are lost. */
  @Test
  void byForceAFileGoesWhateverItHolds(Vertx vertx) {
    Tmem tmem = Until.done(Tmem.start(vertx, options().setMemoryLimit(24 << 20)));
    int pages = 6_000;
    SwapArea area = filled(tmem, pages);
    long there = pagesIn(tmem, "swapfile");
    assertTrue(there > 0);
    JsonObject command = new JsonObject().put("backend", "swapfile");
    assertEquals(ErrorCode.BACKEND_FAILED, refused(tmem.admin("deregister", command)).code());
    assertEquals(List.of("zram", "swapfile"), names(tmem));
    assertPages(area, pages);
    Until.done(tmem.admin("deregister", command.copy().put("force", true)));
    assertEquals(List.of("zram"), names(tmem));
    int lost = 0;
    for (int i = 0; i < pages; i++) {
      try {
        assertEquals(page(i), Until.done(area.load(i)));
      } catch (PageLostException e) {
        lost++;
      }
    }
    assertTrue(lost > 0 && lost < pages, lost + " of " + pages + " pages lost");
    JsonObject check = Until.done(tmem.admin("check", new JsonObject()));
    assertTrue(check.getBoolean("ok"), check.encode());
    assertFalse(Until.done(area.contains(pages)));
    Until.done(register(tmem, "swapfile", "size", "48m", "path", "swap"));
    Until.done(area.store(1, page(1)));
    assertEquals(page(1), Until.done(area.load(1)));
    Until.done(tmem.close());
  }
}
