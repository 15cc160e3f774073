package dev.tmem.admin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tmem.CleanCache;
import dev.tmem.CleanCacheOptions;
import dev.tmem.ErrorCode;
import dev.tmem.ObjectKey;
import dev.tmem.SwapArea;
import dev.tmem.SwapAreaOptions;
import dev.tmem.TmemException;
import dev.tmem.backend.LossDomain;
import dev.tmem.cleancache.CleanCaches;
import dev.tmem.dispatch.ManualScheduler;
import dev.tmem.dispatch.Pages;
import dev.tmem.dispatch.TestNode;
import dev.tmem.dispatch.TwinBackend;
import dev.tmem.frontswap.SwapAreas;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What an operator asks and tells a node. */
class AdminCommandsTest {

  private final ManualScheduler scheduler = new ManualScheduler();
  private final TestNode node = new TestNode(scheduler, 32L << 20);
  private final TwinBackend disk = new TwinBackend("disk", 300, LossDomain.NODE, scheduler);
  private final SwapAreas areas = new SwapAreas(node.dispatcher, 10);
  private final CleanCaches caches = new CleanCaches(node.dispatcher, 10);
  private final AdminCommands admin =
      new AdminCommands(
          new NodeStats(
              new Identity("node-1", "life-1", System.nanoTime()),
              node.dispatcher,
              areas,
              caches,
              node.memory,
              Lending.NONE),
          node.dispatcher,
          areas,
          caches,
          node.memory,
          Lending.NONE,
          BackendSource.NONE);

  @BeforeEach
  void register() {
    done(node.dispatcher.register(node.zram));
    done(node.dispatcher.register(disk));
  }

  @AfterEach
  void close() {
    node.close();
  }

  private <T extends @Nullable Object> T done(Future<T> future) {
    scheduler.until(future::isComplete);
    if (future.cause() instanceof RuntimeException error) {
      throw error;
    }
    return future.result();
  }

  private JsonObject run(String command, Object... arguments) {
    JsonObject json = new JsonObject();
    for (int i = 0; i < arguments.length; i += 2) {
      json.put((String) arguments[i], arguments[i + 1]);
    }
    JsonObject answer = done(admin.run(command, json));
    assertEquals("node-1", answer.getString("node"));
    return answer;
  }

  private void refused(ErrorCode code, String names, String command, Object... arguments) {
    TmemException error = assertThrows(TmemException.class, () -> run(command, arguments));
    assertEquals(code, error.code(), error.toString());
    assertTrue(String.valueOf(error.getMessage()).contains(names), error.getMessage());
  }

  private SwapArea filled(String name, int pages) {
    SwapArea area = done(areas.swapOn(name, new SwapAreaOptions()));
    for (int i = 0; i < pages; i++) {
      done(area.store(i, Buffer.buffer(Pages.of(1, i, 1, 4096))));
    }
    return area;
  }

  @Test
  void anAreaLivesByCommand() {
    JsonObject on = run("swap-on", "area", "a", "pageSize", "8k", "maxPages", 50);
    assertEquals(8192, on.getJsonObject("options").getInteger("pageSize"));
    assertEquals(1, on.getInteger("number"));
    assertEquals("a", run("areas").getJsonArray("areas").getJsonObject(0).getString("area"));
    assertEquals(0, run("stats", "area", "a").getLong("pages"));
    assertEquals(0, run("swap-off", "area", "a").getLong("pages"));
    refused(ErrorCode.UNKNOWN_AREA, "named a", "stats", "area", "a");
    assertEquals(0, run("reset", "area", "a").getLong("pages"));
  }

  @Test
  void statsAddUp() {
    filled("a", 300);
    filled("b", 200);
    run("shrink", "backend", "zram", "pages", 100);
    JsonObject stats = run("stats");
    assertEquals(500, stats.getLong("pages"));
    JsonObject pages = stats.getJsonObject("pagesByBackend");
    assertEquals(500, pages.getLong("zram") + pages.getLong("disk"));
    assertTrue(pages.getLong("disk") > 0);
    assertEquals(500, stats.getJsonObject("counters").getLong("succ_stores"));
    assertEquals(2, stats.getInteger("areas"));
    assertEquals("zram", stats.getJsonArray("backends").getJsonObject(0).getString("name"));
    assertTrue(run("check").getBoolean("ok"));
    JsonObject slots = run("slots", "area", "a", "from", 10, "max", 5);
    assertEquals(5, slots.getJsonArray("slots").size());
    assertEquals(10, slots.getJsonArray("slots").getJsonObject(0).getLong("offset"));
  }

  @Test
  void aBackendIsFrozenThawedAndEmptiedByCommand() {
    run("swap-on", "area", "a", "tiers", new JsonArray(List.of("disk")));
    SwapArea area = done(areas.attach("a"));
    assertEquals("frozen", run("freeze", "backend", "disk").getString("state"));
    assertThrows(TmemException.class, () -> done(area.store(1, Buffer.buffer("x"))));
    assertEquals("active", run("thaw", "backend", "disk").getString("state"));
    for (int i = 0; i < 300; i++) {
      done(area.store(i, Buffer.buffer("page " + i)));
    }
    JsonObject begun = run("deregister", "backend", "disk", "wait", false);
    assertEquals("draining", begun.getString("state"));
    assertEquals(300, begun.getLong("left"));
    refused(ErrorCode.BACKEND_FAILED, "emptied", "thaw", "backend", "disk");
    scheduler.advance(60_000);
    JsonObject stays = run("backends").getJsonArray("backends").getJsonObject(1);
    assertEquals("frozen", stays.getString("state"));
    assertEquals("the others cannot take 300 of its pages", stays.getString("reason"));
    refused(ErrorCode.UNKNOWN_BACKEND, "zram, disk", "freeze", "backend", "tape");
    run("reset", "area", "a", "force", true);
    run("thaw", "backend", "disk");
    run("deregister", "backend", "disk");
    assertEquals(1, run("backends").getJsonArray("backends").size());
  }

  @Test
  void countersOutliveTheirAreas() {
    filled("a", 10);
    run("reset", "area", "a", "force", true);
    JsonObject counters = run("stats").getJsonObject("counters");
    assertEquals(10, counters.getLong("succ_stores"));
    assertEquals(0, counters.getLong("curr_pages", 0L));
  }

  @Test
  void cachesAreSeenAndEndByCommand() {
    CleanCacheOptions options = new CleanCacheOptions().setTimeToLiveSeconds(60);
    CleanCache cache = done(caches.open("c", options));
    for (int index = 0; index < 20; index++) {
      byte[] page = Pages.of(1, index, 1, 4096);
      done(cache.put(ObjectKey.of(index % 3), index, Buffer.buffer(page)));
      done(cache.get(ObjectKey.of(index % 3), index));
    }
    done(cache.get(ObjectKey.of(7), 7));
    JsonObject listed = run("caches").getJsonArray("caches").getJsonObject(0);
    assertEquals("c", listed.getString("cache"));
    assertEquals(20, listed.getLong("pages"));
    assertEquals(1, listed.getInteger("handles"));
    assertEquals(options.toJson(), listed.getJsonObject("options"));
    assertEquals(20, listed.getJsonObject("pagesByBackend").getLong("zram"));
    JsonObject one = run("stats", "cache", "c");
    assertEquals(20, one.getJsonObject("counters").getLong("succ_gets"));
    assertEquals(1, one.getJsonObject("counters").getLong("failed_gets"));
    JsonObject all = run("stats");
    assertEquals(1, all.getInteger("caches"));
    assertEquals(20, all.getLong("cachePages"));
    assertEquals(0, all.getLong("pages"));
    assertEquals(0, run("areas").getJsonArray("areas").size());
    assertEquals(20 * 4096, all.getJsonObject("mm_stat").getLong("orig_data_size"));
    assertTrue(run("check").getBoolean("ok"));
    assertEquals(20, run("cache-off", "cache", "c").getLong("pages"));
    assertEquals(20, run("stats").getJsonObject("cacheCounters").getLong("puts"));
    assertEquals(0, run("stats").getJsonObject("cacheCounters").getLong("curr_pages", 0L));
    refused(ErrorCode.UNKNOWN_AREA, "c", "cache-off", "cache", "c");
    refused(ErrorCode.UNKNOWN_AREA, "c", "stats", "cache", "c");
  }

  @Test
  void limitsAreSeenAndSet() {
    long before = run("memory-limit").getLong("memoryLimit");
    JsonObject lowered = run("memory-limit", "bytes", "16m");
    assertEquals(before, lowered.getLong("previous"));
    assertEquals(16L << 20, lowered.getLong("memoryLimit"));
    refused(ErrorCode.INVALID_OPTION, "16777216 to", "memory-limit", "bytes", "1m");
    assertEquals(0, run("lend-limit").getLong("lendLimit"));
  }

  @Test
  void loweringTheLimitDemotes() {
    filled("a", 10_000);
    long inRam = run("stats").getJsonObject("pagesByBackend").getLong("zram");
    run("memory-limit", "bytes", "16m");
    scheduler.advance(10_000);
    JsonObject stats = run("stats");
    assertTrue(stats.getJsonObject("pagesByBackend").getLong("zram") < inRam);
    assertEquals(10_000, stats.getLong("pages"));
  }

  @Test
  void sharesOfRamAreGivenSeenAndChanged() {
    run("swap-on", "area", "a", "ramGuaranteed", "1m", "ramCap", "50%");
    JsonObject reclaim = run("stats").getJsonObject("reclaim");
    long limit = reclaim.getLong("limitBytes");
    assertEquals(limit / 100 * 90, reclaim.getLong("highBytes"));
    assertFalse(reclaim.getBoolean("emergency"));
    JsonObject ram = run("stats", "area", "a").getJsonObject("ram");
    assertEquals(1L << 20, ram.getLong("guaranteedBytes"));
    assertEquals(0, (limit / 2 - ram.getLong("capBytes")) / 100);
    filled("b", 200);
    filled("a", 6_000);
    run("change", "area", "a", "ramCap", "4m");
    scheduler.advance(10_000);
    JsonObject stats = run("stats", "area", "a");
    assertEquals(4L << 20, stats.getJsonObject("options").getLong("ramCap"));
    assertTrue(stats.getJsonObject("ram").getLong("bytes") <= 4L << 20, stats::encode);
    refused(
        ErrorCode.INVALID_OPTION, "ramGuaranteed", "swap-on", "area", "c", "ramGuaranteed", "1g");
    refused(ErrorCode.UNKNOWN_AREA, "named c", "stats", "area", "c");
    refused(ErrorCode.INVALID_OPTION, "ramCap", "change", "area", "a", "ramCap", "101%");
  }

  @Test
  void thePoolIsKeptInShapeByCommand() {
    filled("a", 2_000);
    for (int i = 0; i < 2_000; i++) {
      if (i % 8 != 0) {
        done(areaOf("a").invalidatePage(i));
      }
    }
    JsonObject compacted = run("compact");
    assertTrue(compacted.getLong("moved") > 0);
    assertTrue(compacted.getLong("bytes") > 0);
    assertEquals(
        compacted.getLong("moved"),
        run("stats").getJsonObject("mm_stat").getLong("pages_compacted"));
    assertEquals(0, run("compact", "backend", "zram").getLong("moved"));
    long marked = run("mark-idle").getLong("marked");
    assertEquals(250 - run("stats").getJsonObject("mm_stat").getLong("same_pages"), marked);
    assertEquals(marked, run("mark-idle", "area", "a", "age", 0).getLong("marked"));
    assertEquals(marked, run("mark-idle", "area", "a", "age", 60).getLong("marked") + marked);
    JsonObject recompressed = run("recompress", "what", "idle", "area", "a");
    assertEquals(recompressed.getLong("recompressed") > 0, recompressed.getLong("saved") > 0);
    run("recompress", "what", "huge");
    JsonObject slots = run("slots", "area", "a", "from", 16, "to", 32);
    assertEquals(3, slots.getJsonArray("slots").size());
    assertEquals(32, slots.getJsonArray("slots").getJsonObject(2).getLong("offset"));
    assertTrue(run("check").getBoolean("ok"));
  }

  private SwapArea areaOf(String name) {
    return done(areas.attach(name));
  }

  @Test
  void theHighWaterMarkIsSeenAndReset() {
    filled("a", 2_000);
    long most = run("mem-used-max").getLong("mem_used_max");
    assertTrue(most > 1 << 20);
    run("reset", "area", "a", "force", true);
    scheduler.advance(1_000);
    assertEquals(most, run("mem-used-max").getLong("mem_used_max"));
    JsonObject reset = run("mem-used-max", "reset", true);
    assertEquals(most, reset.getLong("previous"));
    assertEquals(0, reset.getLong("mem_used_max"));
    assertEquals(node.memory.used(), reset.getLong("memoryUsedMax"));
    filled("a", 10);
    JsonObject stats = run("stats").getJsonObject("mm_stat");
    assertEquals(stats.getLong("mem_used_total"), stats.getLong("mem_used_max"));
  }

  @Test
  void zramsAndRamzswapsNumbersAreWhatTheySay() {
    SwapArea area = done(areas.swapOn("a", new SwapAreaOptions().setMaxPages(1_000)));
    for (int i = 0; i < 100; i++) {
      byte[] page = new byte[4096];
      if (i >= 10) {
        // same-filled, then half noise, less than half, all noise
        new Random(i).nextBytes(page);
        Arrays.fill(page, i < 50 ? 1_000 : i < 80 ? 2_500 : 4096, 4096, (byte) 0);
      }
      done(area.store(i, Buffer.buffer(page)));
    }
    for (int i = 0; i < 5; i++) {
      done(area.load(i));
    }
    assertEquals(null, done(area.load(500)));
    done(area.invalidatePage(99));
    assertThrows(TmemException.class, () -> this.<@Nullable Buffer>done(area.load(5_000)));
    JsonObject ramzswap = run("stats", "area", "a").getJsonObject("ramzswap");
    assertEquals(19, ramzswap.size());
    JsonObject expected =
        new JsonObject()
            .put("num_reads", 6)
            .put("num_writes", 100)
            .put("failed_reads", 0)
            .put("failed_writes", 0)
            .put("invalid_io", 1)
            .put("notify_free", 1)
            .put("pages_zero", 10)
            .put("good_compress_pct", 40 * 100 / 89)
            .put("pages_expand_pct", 19 * 100 / 89)
            .put("pages_stored", 89)
            .put("orig_data_size", 89 * 4096)
            .put("bdev_num_reads", 0)
            .put("bdev_num_writes", 0)
            .put("disksize", 1_000 * 4096)
            .put("memlimit", 32 << 20)
            .put("backing_swap_name", "disk");
    for (String name : expected.fieldNames()) {
      assertEquals(
          String.valueOf(expected.getValue(name)), String.valueOf(ramzswap.getValue(name)), name);
    }
    long zpages = ramzswap.getLong("compr_data_size");
    assertTrue(zpages > 40 * 1_000 + 30 * 2_500 + 19 * 4096 && zpages < 60 * 4096, zpages + " B");
    long used = ramzswap.getLong("mem_used_total");
    assertTrue(used >= zpages);
    assertEquals((used + 4095) / 4096, ramzswap.getLong("pages_used"));
    JsonObject mm = run("stats").getJsonObject("mm_stat");
    assertEquals(99 * 4096, mm.getLong("orig_data_size"));
    assertEquals(zpages, mm.getLong("compr_data_size"));
    assertEquals(used, mm.getLong("mem_used_total"));
    assertEquals(10, mm.getLong("same_pages"));
    assertEquals(19, mm.getLong("huge_pages"));
    assertEquals(20, mm.getLong("huge_pages_since"));
    JsonObject io = run("stats").getJsonObject("io_stat");
    assertEquals(1, io.getLong("invalid_io"));
    assertEquals(1, io.getLong("notify_free"));
    run("shrink", "backend", "zram", "pages", 0);
    ramzswap = run("stats", "area", "a").getJsonObject("ramzswap");
    assertEquals(0, ramzswap.getLong("pages_stored"));
    assertEquals(0, ramzswap.getLong("compr_data_size"));
    assertEquals(89, ramzswap.getLong("bdev_num_writes"));
    assertEquals(10, ramzswap.getLong("pages_zero"));
  }

  @Test
  void sizeClassesAddUp() {
    filled("a", 1_000);
    long spans = 0;
    long objects = 0;
    for (Object one : run("classes").getJsonArray("classes")) {
      JsonObject sizes = (JsonObject) one;
      spans += sizes.getLong("spans");
      objects += sizes.getLong("objects");
      assertEquals(
          sizes.getLong("spans") << 16, sizes.getLong("usedBytes") + sizes.getLong("wastedBytes"));
      long fullness = sizes.getLong("fullness");
      assertTrue(fullness >= 0 && fullness <= 100);
    }
    JsonObject mm = run("stats").getJsonObject("mm_stat");
    assertEquals(mm.getLong("mem_used_total"), spans << 16);
    assertEquals(1_000, objects + mm.getLong("same_pages"));
  }

  @Test
  void writethroughIsSwitchedLive() {
    filled("a", 1);
    assertTrue(run("writethrough", "area", "a", "on", true).getBoolean("writethrough"));
    filled("a", 5);
    assertTrue(disk.size() > 0);
    run("writethrough", "on", false);
    assertTrue(!run("stats", "area", "a").getJsonObject("options").getBoolean("writethrough"));
  }

  @Test
  void writethroughOfTheNodeHoldsForAreasThatAreOpenAndThoseToCome() {
    SwapArea open = done(areas.swapOn("a", new SwapAreaOptions()));
    run("writethrough", "on", true);
    SwapArea later = done(areas.swapOn("b", new SwapAreaOptions()));
    assertEquals(1, writtenThroughBy(open));
    assertEquals(1, writtenThroughBy(later));
    run("writethrough", "on", false);
    SwapArea last = done(areas.swapOn("c", new SwapAreaOptions()));
    for (SwapArea area : List.of(open, later, last)) {
      assertEquals(0, writtenThroughBy(area), area.name());
    }
  }

  /** Copies that the disk has more when a page of that area was stored. */
  private int writtenThroughBy(SwapArea area) {
    done(area.invalidatePage(1));
    int before = disk.size();
    done(area.store(1, Buffer.buffer(Pages.of(1, 1, 1, 4096))));
    return disk.size() - before;
  }

  @Test
  void exclusiveLoadsOfTheNodeHoldForAreasThatAreOpenAndThoseToCome() {
    SwapArea open = done(areas.swapOn("a", new SwapAreaOptions()));
    run("exclusive", "on", true);
    SwapArea later = done(areas.swapOn("b", new SwapAreaOptions()));
    assertFalse(staysWhenLoaded(open));
    assertFalse(staysWhenLoaded(later));
    run("exclusive", "on", false);
    SwapArea last = done(areas.swapOn("c", new SwapAreaOptions()));
    for (SwapArea area : List.of(open, later, last)) {
      assertTrue(staysWhenLoaded(area), area.name());
    }
  }

  /** Whether a page of that area is there after it was loaded, in RAM and on the disk. */
  private boolean staysWhenLoaded(SwapArea area) {
    Buffer page = Buffer.buffer(Pages.of(1, 1, 1, 4096));
    done(area.store(1, page));
    assertEquals(page, done(area.load(1)));
    boolean stays = done(area.contains(1));
    done(area.store(1, page));
    run("shrink", "backend", "zram", "pages", 0);
    assertEquals(page, done(area.load(1)));
    assertEquals(stays, done(area.contains(1)), "as one that lay in RAM");
    return stays;
  }

  @Test
  void freezingTheNodeHoldsForAreasThatAreOpenAndThoseToCome() {
    SwapArea open = done(areas.swapOn("a", new SwapAreaOptions()));
    run("freeze");
    SwapArea later = done(areas.swapOn("b", new SwapAreaOptions()));
    Buffer page = Buffer.buffer(Pages.of(1, 1, 1, 4096));
    for (SwapArea area : List.of(open, later)) {
      assertThrows(TmemException.class, () -> done(area.store(1, page)), area.name());
    }
    run("thaw");
    for (SwapArea area : List.of(open, later)) {
      done(area.store(1, page));
      assertEquals(page, done(area.load(1)));
    }
  }

  @Test
  void aBackendLeavesByCommand() {
    filled("a", 10);
    run("shrink", "backend", "zram", "pages", 0);
    run("deregister", "backend", "disk");
    assertEquals(1, run("backends").getJsonArray("backends").size());
    assertEquals(10, run("stats").getJsonObject("pagesByBackend").getLong("zram"));
  }

  @Test
  void wrongCommandsAndArgumentsAreAnsweredWithTheRightOnes() {
    refused(ErrorCode.UNKNOWN_COMMAND, "swap-off", "swap-of");
    refused(ErrorCode.MALFORMED_MESSAGE, "takes backend, pages", "shrink", "backend", "zram");
    refused(ErrorCode.MALFORMED_MESSAGE, "no argument arena", "stats", "arena", "a");
    refused(ErrorCode.MALFORMED_MESSAGE, "wrong type", "writethrough", "on", "yes");
    refused(ErrorCode.INVALID_OPTION, "whole number", "shrink", "backend", "zram", "pages", "x");
    refused(ErrorCode.UNKNOWN_BACKEND, "zram, disk", "shrink", "backend", "tape", "pages", 1);
    refused(ErrorCode.INVALID_OPTION, "power of two", "swap-on", "area", "b", "pageSize", 5000);
    refused(ErrorCode.INVALID_OPTION, "one of any", "swap-on", "area", "b", "protection", "x");
    refused(ErrorCode.INVALID_OPTION, "idle, huge", "recompress", "what", "all");
    refused(ErrorCode.INVALID_OPTION, "122880", "mark-idle", "age", 200_000);
    refused(ErrorCode.UNKNOWN_AREA, "nowhere", "mark-idle", "area", "nowhere");
    refused(ErrorCode.UNKNOWN_BACKEND, "no pages in RAM", "compact", "backend", "disk");
    refused(ErrorCode.UNKNOWN_BACKEND, "tape", "deregister", "backend", "tape");
  }
}
