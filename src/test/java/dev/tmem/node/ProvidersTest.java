package dev.tmem.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tmem.BackendInfo;
import dev.tmem.ErrorCode;
import dev.tmem.SwapArea;
import dev.tmem.SwapAreaOptions;
import dev.tmem.Tmem;
import dev.tmem.TmemException;
import dev.tmem.TmemOptions;
import dev.tmem.Until;
import dev.tmem.backend.LossDomain;
import dev.tmem.dispatch.ThreadScheduler;
import dev.tmem.dispatch.TwinBackend;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.junit5.VertxExtension;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Backends from the configuration, by command and by API; and the tiers that name them. */
@ExtendWith(VertxExtension.class)
class ProvidersTest {

  @TempDir Path base = Path.of("");

  private TmemOptions options() {
    return new TmemOptions()
        .setName("n")
        .setDataFolder(base.resolve("n").toString())
        .setMemoryLimit(32 << 20)
        .setSwapFileSize(0);
  }

  private static JsonObject twin(Object... more) {
    JsonObject options = new JsonObject().put("provider", "twin");
    for (int i = 0; i < more.length; i += 2) {
      options.put(String.valueOf(more[i]), more[i + 1]);
    }
    return options;
  }

  private static List<String> names(Tmem tmem) {
    return Until.done(tmem.backends().list()).stream().map(BackendInfo::name).toList();
  }

  private static TmemException refused(Future<?> future) {
    return assertThrows(TmemException.class, () -> Until.done(future));
  }

  @Test
  void theConfigurationMakesBackendsAndTiersNameThem(Vertx vertx) {
    TmemOptions options =
        options()
            .setBackends(new JsonObject().put("attic", twin()).put("cellar", twin("tier", 400)))
            .setTiers(List.of("zram", "cellar"));
    Tmem tmem = Until.done(Tmem.start(vertx, options));
    assertEquals(List.of("zram", "attic", "cellar"), names(tmem));
    SwapArea area = Until.done(tmem.swapOn("a", new SwapAreaOptions()));
    SwapArea own =
        Until.done(tmem.swapOn("b", new SwapAreaOptions().setTiers(List.of("attic", "zram"))));
    Until.done(area.store(1, Buffer.buffer("one")));
    Until.done(own.store(1, Buffer.buffer("two")));
    Until.done(tmem.admin("shrink", new JsonObject().put("backend", "zram").put("pages", 0)));
    JsonObject stats = Until.done(tmem.admin("stats", new JsonObject().put("area", "a")));
    assertEquals(new JsonArray(List.of("zram", "cellar")), stats.getJsonArray("tiers"));
    assertEquals(1, stats.getJsonObject("pagesByBackend").getLong("cellar"));
    stats = Until.done(tmem.admin("stats", new JsonObject().put("area", "b")));
    assertEquals(new JsonArray(List.of("attic", "zram")), stats.getJsonArray("tiers"));
    assertEquals(1, stats.getJsonObject("pagesByBackend").getLong("attic"));
    assertEquals("one", String.valueOf(Until.done(area.load(1))));
    assertEquals("two", String.valueOf(Until.done(own.load(1))));
    TmemException unknown =
        refused(tmem.swapOn("c", new SwapAreaOptions().setTiers(List.of("tape"))));
    assertEquals(ErrorCode.INVALID_OPTION, unknown.code());
    assertTrue(String.valueOf(unknown.getMessage()).contains("zram, attic, cellar"));
    Until.done(tmem.close());
  }

  @Test
  void anAdministratorRegistersAndDeregisters(Vertx vertx) {
    Tmem tmem = Until.done(Tmem.start(vertx, options()));
    JsonObject found = Until.done(tmem.admin("providers", new JsonObject()));
    assertEquals(new JsonArray(List.of("swapfile", "twin")), found.getJsonArray("providers"));
    JsonObject command = new JsonObject().put("provider", "twin").put("backend", "attic");
    JsonObject made = Until.done(tmem.admin("register", command));
    assertEquals("active", made.getString("state"));
    assertEquals(ErrorCode.UNKNOWN_BACKEND, refused(tmem.admin("register", command)).code());
    JsonObject deep =
        command.copy().put("backend", "deep").put("options", new JsonObject().put("tier", 500));
    Until.done(tmem.admin("register", deep));
    assertEquals(List.of("zram", "attic", "deep"), names(tmem));
    Until.done(tmem.admin("deregister", new JsonObject().put("backend", "attic")));
    assertEquals(List.of("zram", "deep"), names(tmem));
    TmemException unknown = refused(tmem.admin("register", command.copy().put("provider", "tape")));
    assertEquals(ErrorCode.UNKNOWN_BACKEND, unknown.code());
    assertTrue(String.valueOf(unknown.getMessage()).contains("twin"));
    TmemException failed =
        refused(
            tmem.admin(
                "register", command.copy().put("options", new JsonObject().put("fail", "why"))));
    assertEquals(ErrorCode.BACKEND_FAILED, failed.code());
    assertTrue(String.valueOf(failed.getMessage()).contains("why"));
    assertEquals(List.of("zram", "deep"), names(tmem));
    Until.done(tmem.close());
  }

  @Test
  void aProgramRegistersItsOwn(Vertx vertx) {
    try (ThreadScheduler scheduler = new ThreadScheduler(1)) {
      Tmem tmem = Until.done(Tmem.start(vertx, options()));
      Until.done(tmem.backends().register(new TwinBackend("own", 300, LossDomain.NODE, scheduler)));
      assertEquals(List.of("zram", "own"), names(tmem));
      Until.done(tmem.backends().deregister("own"));
      assertEquals(List.of("zram"), names(tmem));
      Until.done(tmem.close());
    }
  }

  @Test
  void aStartThatFailsForABackendLeavesNothingBehind(Vertx vertx) {
    List<TmemOptions> wrong =
        List.of(
            options().setBackends(new JsonObject().put("attic", twin("provider", "tape"))),
            options().setBackends(new JsonObject().put("attic", twin("fail", "why"))),
            options().setBackends(new JsonObject().put("attic", twin("name", "other"))),
            options().setBackends(new JsonObject().put("zram", twin())),
            options().setTiers(List.of("zram", "swapfile")));
    List<ErrorCode> codes =
        List.of(
            ErrorCode.UNKNOWN_BACKEND,
            ErrorCode.BACKEND_FAILED,
            ErrorCode.BACKEND_FAILED,
            ErrorCode.UNKNOWN_BACKEND,
            ErrorCode.INVALID_OPTION);
    for (int i = 0; i < wrong.size(); i++) {
      assertEquals(codes.get(i), refused(Tmem.start(vertx, wrong.get(i))).code());
    }
    Tmem tmem = Until.done(Tmem.start(vertx, options()));
    assertEquals(List.of("zram"), names(tmem));
    Until.done(tmem.close());
  }
}
