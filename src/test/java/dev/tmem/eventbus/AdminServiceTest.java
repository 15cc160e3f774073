package dev.tmem.eventbus;

import static dev.tmem.eventbus.BusNode.get;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tmem.BackendInfo;
import dev.tmem.CleanCacheOptions;
import dev.tmem.ErrorCode;
import dev.tmem.SwapAreaOptions;
import dev.tmem.Tmem;
import dev.tmem.TmemException;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.junit5.VertxExtension;
import io.vertx.junit5.VertxTestContext;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Admin commands over the event bus, to one node and to all. */
@ExtendWith(VertxExtension.class)
class AdminServiceTest {

  private @Nullable BusNode first;
  private @Nullable BusNode second;
  private final Set<String> asked = new TreeSet<>();

  @BeforeEach
  void begin(Vertx vertx) {
    first = new BusNode(vertx, "n1", "life-1");
    second = new BusNode(vertx, "n2", "life-2");
  }

  @AfterEach
  void end() {
    node(first).close();
    node(second).close();
  }

  private static BusNode node(@Nullable BusNode node) {
    assertNotNull(node);
    return node;
  }

  private JsonObject ask(String address, @Nullable Object body) {
    return (JsonObject) get(node(first).vertx.eventBus().request(address, body)).body();
  }

  /** Runs a command on n1; the answer has these fields and no others. */
  private JsonObject run(String command, JsonObject arguments, String... fields) {
    asked.add(command);
    JsonObject answer = ask("tmem.n1.admin", arguments.copy().put("command", command));
    assertEquals("n1", answer.getString("node"));
    Set<String> expected = new TreeSet<>(List.of(fields));
    expected.add("node");
    assertEquals(expected, new TreeSet<>(answer.fieldNames()), command);
    return answer;
  }

  private static JsonObject json(@Nullable Object... pairs) {
    JsonObject json = new JsonObject();
    for (int i = 0; i < pairs.length; i += 2) {
      json.put(String.valueOf(pairs[i]), pairs[i + 1]);
    }
    return json;
  }

  @Test
  void everyCommandAnswersWithItsDocumentedFields() {
    run("swap-on", json("area", "a", "pageSize", "8k"), "area", "number", "options");
    get(node(first).areas.attach("a").compose(area -> area.store(1, Buffer.buffer("x"))));
    run(
        "stats",
        json(),
        "incarnation",
        "uptimeSeconds",
        "rssBytes",
        "memoryLimit",
        "memoryUsed",
        "memoryUsedMax",
        "lendLimit",
        "foreignPages",
        "foreignBytes",
        "areas",
        "pages",
        "caches",
        "cachePages",
        "cacheCounters",
        "reclaim",
        "pagesByBackend",
        "extraCopiesByBackend",
        "mm_stat",
        "io_stat",
        "counters",
        "events",
        "frozen",
        "leaving",
        "underProtectedPages",
        "timeToSafeSeconds",
        "backends");
    run(
        "stats",
        json("area", "a"),
        "area",
        "number",
        "options",
        "state",
        "tiers",
        "handles",
        "pages",
        "pagesByBackend",
        "extraCopiesByBackend",
        "ram",
        "ramzswap",
        "underProtectedPages",
        "timeToSafeSeconds",
        "counters");
    JsonObject area = run("areas", json(), "areas").getJsonArray("areas").getJsonObject(0);
    assertEquals(
        Set.of("area", "number", "options", "tiers", "state", "handles", "pages", "pagesByBackend"),
        area.fieldNames());
    get(node(first).caches.open("c", new CleanCacheOptions()));
    run(
        "shared",
        json(),
        "view",
        "lineage",
        "tieBreak",
        "members",
        "lease",
        "usedBytes",
        "limitBytes",
        "pages",
        "open",
        "counters");
    JsonObject cache = run("caches", json(), "caches").getJsonArray("caches").getJsonObject(0);
    Set<String> cacheFields =
        Set.of("cache", "number", "options", "handles", "pages", "pagesByBackend");
    assertEquals(cacheFields, cache.fieldNames());
    run(
        "stats",
        json("cache", "c"),
        "cache",
        "number",
        "options",
        "handles",
        "pages",
        "pagesByBackend",
        "counters");
    run("cache-off", json("cache", "c"), "cache", "pages");
    JsonObject backend =
        run("backends", json(), "backends").getJsonArray("backends").getJsonObject(0);
    assertEquals(
        Set.of(
            "name",
            "tier",
            "state",
            "reason",
            "pages",
            "extraCopies",
            "usedBytes",
            "limitBytes",
            "counters"),
        backend.fieldNames());
    assertEquals(new JsonArray(), run("peers", json(), "peers").getJsonArray("peers"));
    JsonObject slot =
        run("slots", json("area", "a", "from", 0, "max", 10), "slots")
            .getJsonArray("slots")
            .getJsonObject(0);
    assertEquals(
        Set.of("offset", "backend", "extra", "codec", "state", "length", "idleSeconds"),
        slot.fieldNames());
    JsonObject sizes = run("classes", json(), "classes").getJsonArray("classes").getJsonObject(0);
    assertEquals(
        Set.of("size", "perSpan", "spans", "objects", "usedBytes", "wastedBytes", "fullness"),
        sizes.fieldNames());
    run("mem-used-max", json(), "mem_used_max", "memoryUsedMax", "previous", "previousMemory");
    run("compact", json(), "moved", "bytes");
    run("mark-idle", json("area", "a", "age", 0), "marked");
    run("recompress", json("what", "huge"), "recompressed", "saved");
    assertEquals(true, run("check", json(), "ok", "problems").getBoolean("ok"));
    run("memory-limit", json("bytes", "32m"), "memoryLimit", "previous");
    run("lend-limit", json(), "lendLimit", "previous");
    run("shrink", json("backend", "zram", "pages", 0), "backend", "pages", "moved");
    run("writethrough", json("on", true), "writethrough");
    run("writethrough", json("on", false, "area", "a"), "area", "writethrough");
    run("providers", json(), "providers");
    asked.add("register");
    assertEquals(
        "UNKNOWN_BACKEND",
        ask("tmem.n1.admin", json("command", "register", "provider", "x", "backend", "y"), true)
            .getString("error"));
    run("freeze", json("backend", "disk"), "backend", "state", "left");
    run("thaw", json("backend", "disk"), "backend", "state", "left");
    run("writethrough-sync", json(), "pages", "left");
    run("writethrough-sync", json("area", "a"), "area", "pages", "left");
    run("works", json(), "works");
    assertEquals(
        "MALFORMED_MESSAGE",
        ask("tmem.n1.admin", json("command", "stats", "area", "a", "cache", "c"), true)
            .getString("error"));
    assertEquals(
        "INVALID_OPTION",
        ask("tmem.n1.admin", json("command", "stop", "work", 77), true).getString("error"));
    asked.add("stop");
    asked.add("shared-force"); // refused while a quorum is heard
    assertEquals(
        "UNKNOWN_BACKEND",
        ask("tmem.n1.admin", json("command", "grow", "backend", "zram", "size", "1m"), true)
            .getString("error"));
    asked.add("grow");
    run("writeback", json("what", "idle"), "pages", "left");
    run("writeback-limit", json(), "pages", "previous");
    run("scrub", json("rate", "1g"), "copies", "damaged", "repaired", "unreachable");
    run("exclusive", json("on", true), "exclusive");
    run("exclusive", json("on", false, "area", "a"), "area", "exclusive");
    run("change", json("area", "a", "exclusive", true), "area", "options");
    run("freeze", json(), "state");
    run("freeze", json("area", "a"), "area", "state");
    run("thaw", json("area", "a"), "area", "state");
    run("thaw", json(), "state");
    run("deregister", json("backend", "disk"), "backend");
    run("reset", json("area", "a", "force", true), "area", "pages");
    run("swap-on", json("area", "b"), "area", "number", "options");
    run("swap-off", json("area", "b"), "area", "pages");
    run(
        "drain",
        json("discard", true),
        "drained",
        "foreignPages",
        "handedBack",
        "ended",
        "discarded");
    JsonObject stats = ask("tmem.n1.admin", json("command", "nothing", "x", 1), true);
    for (String command : asked) {
      assertTrue(stats.getString("message").contains(command), command);
    }
    String named = stats.getString("message");
    assertEquals(
        asked, new TreeSet<>(List.of(named.substring(named.indexOf("are ") + 4).split(", "))));
  }

  /** Asks, and is refused. */
  private JsonObject ask(String address, @Nullable Object body, boolean refused) {
    assertTrue(refused);
    ReplyException reply = assertThrows(ReplyException.class, () -> ask(address, body));
    JsonObject error = new JsonObject(reply.getMessage());
    assertEquals(reply.failureCode(), TmemException.fromJson(error).code().number());
    return error;
  }

  @Test
  void whatIsWrongIsAnsweredWithWhatWouldBeRight() {
    for (String address : List.of("tmem.n1.admin", "tmem.admin")) {
      Object[] bodies = {null, json(), json("command", null), json("command", 5), "stats", 1};
      for (Object body : bodies) {
        assertEquals(
            "MALFORMED_MESSAGE", ask(address, body, true).getString("error"), String.valueOf(body));
      }
      assertEquals(
          "UNKNOWN_COMMAND", ask(address, json("command", "stat"), true).getString("error"));
      assertEquals(
          "UNKNOWN_AREA",
          ask(address, json("command", "stats", "area", "x"), true).getString("error"));
    }
    assertTrue(
        ask("tmem.n1.admin", json("command", "shrink"), true)
            .getString("message")
            .contains("backend, pages"));
  }

  @Test
  void anArgumentThatIsNullIsNotAnInternalError() {
    run("swap-on", json("area", "a"), "area", "number", "options");
    run("reset", json("area", "a", "force", null), "area", "pages");
    assertEquals(
        "INVALID_OPTION",
        ask("tmem.n1.admin", json("command", "memory-limit", "bytes", null), true)
            .getString("error"));
    assertEquals(
        "MALFORMED_MESSAGE",
        ask("tmem.n1.admin", json("command", "writethrough", "on", null), true).getString("error"));
  }

  @Test
  void whoeverIsAskedOnTheCommonAddressAnswers() {
    Set<String> nodes = new HashSet<>();
    for (int i = 0; i < 10; i++) {
      nodes.add(ask("tmem.admin", json("command", "areas")).getString("node"));
    }
    assertEquals(Set.of("n1", "n2"), nodes);
  }

  @Test
  void aPublishedCommandIsAnsweredByAll(Vertx vertx, VertxTestContext test) {
    Set<String> answers = new HashSet<>();
    publish(
        vertx,
        test,
        json("command", "stats"),
        answer -> {
          answers.add(answer.getString("node") + answer.getString("incarnation"));
          if (answers.size() == 2) {
            assertEquals(Set.of("n1life-1", "n2life-2"), answers);
            test.completeNow();
          }
        });
  }

  @Test
  void anErrorOfAPublishedCommandIsToldByAll(Vertx vertx, VertxTestContext test) {
    Set<String> answers = new HashSet<>();
    publish(
        vertx,
        test,
        json("command", "stats", "area", "x"),
        answer -> {
          assertEquals("UNKNOWN_AREA", answer.getString("error"));
          assertTrue(answer.getString("message").contains("x"));
          answers.add(answer.getString("node"));
          if (answers.size() == 2) {
            test.completeNow();
          }
        });
  }

  private interface Check {
    void accept(JsonObject answer);
  }

  private static void publish(Vertx vertx, VertxTestContext test, JsonObject body, Check check) {
    vertx
        .eventBus()
        .<JsonObject>localConsumer(
            "my.answers", message -> test.verify(() -> check.accept(message.body())));
    vertx
        .eventBus()
        .publish("tmem.admin", body, new DeliveryOptions().addHeader("replyAddress", "my.answers"));
  }

  @Test
  void aPublishedCommandNeedsNoAnswer() {
    Vertx vertx = node(first).vertx;
    vertx.eventBus().publish("tmem.admin", json("command", "swap-on", "area", "everywhere"));
    vertx.eventBus().publish("tmem.admin", "rubbish");
    assertEquals(
        "everywhere", run("stats", json("area", "everywhere"), statsFields()).getString("area"));
    JsonObject elsewhere = ask("tmem.n2.admin", json("command", "stats", "area", "everywhere"));
    assertEquals("n2", elsewhere.getString("node"));
  }

  private static String[] statsFields() {
    return new String[] {
      "area",
      "number",
      "options",
      "state",
      "tiers",
      "handles",
      "pages",
      "pagesByBackend",
      "extraCopiesByBackend",
      "ram",
      "ramzswap",
      "underProtectedPages",
      "timeToSafeSeconds",
      "counters"
    };
  }

  @Test
  void aClientCommandsTheNodeItIsConnectedTo() {
    Tmem client = get(RemoteTmem.connect(node(first).vertx, "n2"));
    assertEquals("n2", client.nodeName());
    get(client.swapOn("a", new SwapAreaOptions()));
    assertEquals("n2", get(client.admin("areas", json())).getString("node"));
    assertEquals(
        "a", get(client.admin("stats", json("area", "a", "command", "peers"))).getString("area"));
    TmemException error =
        assertThrows(TmemException.class, () -> get(client.admin("no-such", json())));
    assertEquals(ErrorCode.UNKNOWN_COMMAND, error.code());
    List<BackendInfo> backends = get(client.backends().list());
    assertEquals(List.of("zram", "disk"), backends.stream().map(BackendInfo::name).toList());
    get(client.backends().deregister("disk"));
    assertEquals(1, get(client.backends().list()).size());
    error =
        assertThrows(TmemException.class, () -> get(client.backends().register(node(first).disk)));
    assertEquals(ErrorCode.UNKNOWN_BACKEND, error.code());
    get(client.close());
    error = assertThrows(TmemException.class, () -> get(client.admin("areas", json())));
    assertEquals(ErrorCode.CLOSED, error.code());
  }
}
