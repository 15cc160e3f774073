package dev.tmem.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tmem.CleanCacheOptions;
import dev.tmem.ErrorCode;
import dev.tmem.ObjectKey;
import dev.tmem.SharedCleanCache;
import dev.tmem.SwapArea;
import dev.tmem.SwapAreaOptions;
import dev.tmem.Tmem;
import dev.tmem.TmemException;
import dev.tmem.TmemOptions;
import dev.tmem.Until;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import io.vertx.junit5.VertxExtension;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** A node in a Vert.x that is not clustered. */
@ExtendWith(VertxExtension.class)
class TmemVerticleTest {

  @TempDir Path base;

  private TmemOptions options(String name) {
    return new TmemOptions()
        .setName(name)
        .setDataFolder(base.resolve(name).toString())
        .setMemoryLimit(32 << 20)
        .setSwapFileSize(64 << 20);
  }

  private static Set<String> threads() {
    Set<String> names = new TreeSet<>();
    for (Thread thread : Thread.getAllStackTraces().keySet()) {
      if (thread.getName().startsWith("tmem-")) {
        names.add(thread.getName());
      }
    }
    return names;
  }

  @Test
  void aNodeWithoutClusterKeepsPagesInRamAndOnDisk(Vertx vertx) {
    Tmem tmem = Until.done(Tmem.start(vertx, options("alone")));
    SwapArea area = Until.done(tmem.swapOn("a", new SwapAreaOptions()));
    Until.done(area.store(7, Buffer.buffer("seven")));
    assertEquals("seven", String.valueOf(Until.done(area.load(7))));
    assertEquals(
        "[zram, swapfile]",
        Until.done(tmem.backends().list()).stream().map(b -> b.name()).toList().toString());
    JsonObject stats = Until.done(tmem.admin("stats", new JsonObject()));
    assertEquals("alone", stats.getString("node"));
    assertEquals(1, stats.getLong("pages"));
    assertEquals(32 << 20, stats.getLong("memoryLimit"));
    Until.done(tmem.close());
    Until.done(tmem.close());
    TmemException closed = assertThrows(TmemException.class, () -> Until.done(tmem.area("a")));
    assertEquals(ErrorCode.CLOSED, closed.code());
  }

  @Test
  void undeployingReleasesEverything(Vertx vertx) throws Exception {
    Set<String> before = threads();
    SimpleMeterRegistry registry = new SimpleMeterRegistry();
    TmemVerticle verticle = new TmemVerticle(options("gone"), registry);
    String id = Until.done(vertx.deployVerticle(verticle));
    SwapArea area = Until.done(verticle.tmem().swapOn("a", new SwapAreaOptions()));
    for (int i = 0; i < 1000; i++) {
      Until.done(area.store(i, Buffer.buffer("page " + i)));
    }
    for (String command : List.of("mark-idle", "compact", "mem-used-max")) {
      Until.done(verticle.tmem().admin(command, new JsonObject()));
    }
    Until.done(verticle.tmem().admin("recompress", new JsonObject().put("what", "idle")));
    NodeParts parts = verticle.running().parts();
    Path folder = base.resolve("gone");
    assertTrue(parts.account().used() > 0);
    assertTrue(DataFolder.isHeld(folder));
    assertNotNull(NodeFile.read(folder));
    assertFalse(registry.getMeters().isEmpty());

    Until.done(vertx.undeploy(id));

    assertEquals(0, parts.account().used(), "bytes charged");
    assertEquals(0, parts.regions().mapped(), "bytes mapped");
    assertFalse(DataFolder.isHeld(folder));
    assertNull(NodeFile.read(folder));
    assertTrue(registry.getMeters().isEmpty(), "meters");
    Until.until(() -> before.containsAll(threads()), "threads end");
    assertThrows(TmemException.class, verticle::tmem);
    // And what was held can be taken again.
    Tmem again = Until.done(Tmem.start(vertx, options("gone")));
    Until.done(again.close());
  }

  @Test
  void optionsComeFromTheDeployment(Vertx vertx) {
    TmemVerticle verticle = new TmemVerticle();
    JsonObject config = options("configured").toJson();
    Until.done(vertx.deployVerticle(verticle, new DeploymentOptions().setConfig(config)));
    assertEquals("configured", verticle.tmem().nodeName());
    DeploymentOptions wrong =
        new DeploymentOptions().setConfig(new JsonObject().put("memroyLimit", "64m"));
    TmemException refused =
        assertThrows(
            TmemException.class, () -> Until.done(vertx.deployVerticle(new TmemVerticle(), wrong)));
    assertEquals(ErrorCode.INVALID_OPTION, refused.code());
    assertTrue(refused.toString().contains("memroyLimit"), refused.toString());
    Until.done(verticle.tmem().close());
  }

  @Test
  void aSwapFileThatCannotBeTrustedLeavesNothingBehind(Vertx vertx) throws Exception {
    Path folder = Files.createDirectories(base.resolve("foreign"));
    Files.writeString(folder.resolve(Limits.SWAP_FILE), "somebody's diary");
    Set<String> before = threads();
    TmemException refused =
        assertThrows(TmemException.class, () -> Until.done(Tmem.start(vertx, options("foreign"))));
    assertEquals(ErrorCode.BACKEND_FAILED, refused.code());
    assertFalse(DataFolder.isHeld(folder));
    Until.until(() -> before.containsAll(threads()), "threads end");
    assertEquals("somebody's diary", Files.readString(folder.resolve(Limits.SWAP_FILE)));
  }

  @Test
  void aFolderInUseIsRefused(Vertx vertx) throws IOException {
    Tmem tmem = Until.done(Tmem.start(vertx, options("one")));
    TmemException refused =
        assertThrows(TmemException.class, () -> Until.done(Tmem.start(vertx, options("one"))));
    assertEquals(ErrorCode.NAME_TAKEN, refused.code());
    Until.done(tmem.close());
  }

  @Test
  void metersReadWhatStatsReads(Vertx vertx) {
    SimpleMeterRegistry registry = new SimpleMeterRegistry();
    TmemVerticle verticle = new TmemVerticle(options("metered"), registry);
    Until.done(vertx.deployVerticle(verticle));
    SwapArea area = Until.done(verticle.tmem().swapOn("a", new SwapAreaOptions()));
    Until.done(area.store(1, Buffer.buffer("one")));
    Until.done(area.load(1));
    verticle.running().metrics().refresh();
    JsonObject stats =
        Until.done(verticle.tmem().admin("stats", new JsonObject().put("area", "a")));
    JsonObject counters = stats.getJsonObject("counters");
    assertEquals(1, counters.getLong("loads"));
    for (String name : counters.fieldNames()) {
      assertEquals(
          counters.getLong(name).doubleValue(),
          registry
              .get("tmem." + name)
              .tags("node", "metered", "area", "a")
              .meter()
              .measure()
              .iterator()
              .next()
              .getValue(),
          name);
    }
    assertNotNull(registry.get("tmem.mem_used_total").tag("backend", "zram").gauge());
    assertNotNull(registry.get("tmem.bd_writes").tag("backend", "swapfile").functionCounter());
    Until.done(area.swapOff());
    verticle.running().metrics().refresh();
    assertNull(registry.find("tmem.loads").tag("area", "a").meter());
    Until.done(verticle.tmem().close());
  }

  @Test
  void metersOfSharedCachesReadWhatTheCommandReads(Vertx vertx) {
    SimpleMeterRegistry registry = new SimpleMeterRegistry();
    TmemVerticle verticle = new TmemVerticle(options("sharing"), registry);
    Until.done(vertx.deployVerticle(verticle));
    UUID uuid = UUID.randomUUID();
    SharedCleanCache cache =
        Until.done(verticle.tmem().sharedCleanCache(uuid, new CleanCacheOptions()));
    Until.done(cache.put(ObjectKey.of(1), 0, Buffer.buffer("one")));
    Until.done(cache.get(ObjectKey.of(1), 0));
    Until.done(cache.get(ObjectKey.of(2), 0));
    Until.done(
        cache.getOrLoad(ObjectKey.of(3), 0, () -> Future.succeededFuture(Buffer.buffer("three"))));
    verticle.running().metrics().refresh();
    for (String name : List.of("succ_gets", "puts", "loader_calls", "shared_pages")) {
      double value =
          registry
              .get("tmem." + name)
              .tags("node", "sharing", "cache", "shared:" + uuid)
              .meter()
              .measure()
              .iterator()
              .next()
              .getValue();
      assertEquals(name.equals("shared_pages") ? 2 : 1, value, name);
    }
    JsonObject shared = Until.done(verticle.tmem().admin("shared", new JsonObject()));
    JsonObject counters = shared.getJsonObject("counters");
    assertEquals(1, counters.getLong("shared_lease"));
    assertEquals(shared.getLong("view"), counters.getLong("shared_view"));
    assertEquals(0, counters.getLong("shared_malformed_frames"));
    JsonObject force = new JsonObject().put("view", shared.getLong("view"));
    TmemException refused =
        assertThrows(
            TmemException.class, () -> Until.done(verticle.tmem().admin("shared-force", force)));
    assertEquals(ErrorCode.INVALID_OPTION, refused.code());
    for (String name : counters.fieldNames()) {
      assertNotNull(registry.find("tmem." + name).tag("node", "sharing").meter(), name);
    }
    Until.done(verticle.tmem().close());
  }
}
