package dev.tmem.admin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tmem.ErrorCode;
import dev.tmem.SwapArea;
import dev.tmem.SwapAreaOptions;
import dev.tmem.TmemException;
import dev.tmem.backend.LossDomain;
import dev.tmem.dispatch.ManualScheduler;
import dev.tmem.dispatch.Pages;
import dev.tmem.dispatch.TestNode;
import dev.tmem.dispatch.TwinBackend;
import dev.tmem.frontswap.SwapAreas;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What an operator asks and tells a node. */
class AdminCommandsTest {

  private final ManualScheduler scheduler = new ManualScheduler();
  private final TestNode node = new TestNode(scheduler, 32L << 20);
  private final TwinBackend disk = new TwinBackend("disk", 300, LossDomain.NODE, scheduler);
  private final SwapAreas areas = new SwapAreas(node.dispatcher, (type, detail) -> {}, 10);
  private final AdminCommands admin =
      new AdminCommands(
          new NodeStats(
              new Identity("node-1", "life-1", System.nanoTime()),
              node.dispatcher,
              areas,
              node.memory,
              Lending.NONE),
          node.dispatcher,
          areas,
          node.memory,
          Lending.NONE);

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
  void countersOutliveTheirAreas() {
    filled("a", 10);
    run("reset", "area", "a", "force", true);
    JsonObject counters = run("stats").getJsonObject("counters");
    assertEquals(10, counters.getLong("succ_stores"));
    assertEquals(0, counters.getLong("curr_pages", 0L));
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
  void writethroughIsSwitchedLive() {
    filled("a", 1);
    assertTrue(run("writethrough", "area", "a", "on", true).getBoolean("writethrough"));
    filled("a", 5);
    assertTrue(disk.size() > 0);
    run("writethrough", "on", false);
    assertTrue(!run("stats", "area", "a").getJsonObject("options").getBoolean("writethrough"));
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
    refused(ErrorCode.UNKNOWN_BACKEND, "tape", "deregister", "backend", "tape");
  }
}
