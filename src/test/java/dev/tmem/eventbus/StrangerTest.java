package dev.tmem.eventbus;

import static dev.tmem.eventbus.BusNode.get;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tmem.dispatch.Pages;
import dev.tmem.frontswap.OpenArea;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.Message;
import io.vertx.core.json.JsonObject;
import io.vertx.junit5.VertxExtension;
import io.vertx.junit5.VertxTestContext;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** An application that has nothing of ours but the documented protocol. */
@ExtendWith(VertxExtension.class)
class StrangerTest {

  private @Nullable BusNode node;
  private final Set<String> asked = new TreeSet<>();

  @BeforeEach
  void begin(Vertx vertx) {
    node = new BusNode(vertx, "n1", "life-1");
  }

  @AfterEach
  void end() {
    node().close();
  }

  private BusNode node() {
    BusNode known = node;
    assertNotNull(known);
    return known;
  }

  private Future<Message<Object>> send(
      String action, @Nullable Object body, Map<String, ?> headers) {
    asked.add(action);
    DeliveryOptions options = new DeliveryOptions().addHeader("action", action);
    headers.forEach((name, value) -> options.addHeader(name, value.toString()));
    return node().vertx.eventBus().request("tmem.n1", body, options);
  }

  private @Nullable Object ask(String action, @Nullable Object body, Map<String, ?> headers) {
    return get(send(action, body, headers)).body();
  }

  private void open() {
    ask("open", null, Map.of("area", "a"));
  }

  @Test
  void everyActionWorksWithHeadersAndABodyAlone() {
    JsonObject hello = (JsonObject) ask("hello", null, Map.of());
    assertNotNull(hello);
    assertEquals("n1", hello.getString("node"));
    assertEquals("life-1", hello.getString("incarnation"));
    assertTrue(hello.getLong("timeMillis") > 0);

    JsonObject opened =
        (JsonObject) ask("open", new JsonObject().put("pageSize", 8192), Map.of("area", "a"));
    assertNotNull(opened);
    assertEquals("a", opened.getString("area"));
    assertEquals(1, opened.getInteger("number"));
    assertEquals(8192, opened.getJsonObject("options").getInteger("pageSize"));
    JsonObject attached = (JsonObject) ask("attach", null, Map.of("area", "a"));
    assertNotNull(attached);
    attached.remove("timeMillis");
    opened.remove("timeMillis");
    assertEquals(opened, attached);

    Map<String, ?> first = Map.of("area", "a", "offset", 1);
    Buffer page = Buffer.buffer(Pages.of(1, 1, 1, 8192));
    assertNull(ask("store", page, first));
    assertEquals(page, ask("load", null, first));
    assertNull(ask("store", page.getBytes(), first));
    assertEquals(page, ask("load", "a body nobody asked for", first));
    assertNull(ask("load", null, Map.of("area", "a", "offset", 2)));
    assertEquals(true, ask("contains", null, first));
    assertEquals(1L, ask("pages", null, Map.of("area", "a")));
    assertNull(ask("flush", null, Map.of("area", "a")));
    assertNull(ask("invalidatePage", null, first));
    assertEquals(false, ask("contains", null, first));
    assertEquals(-1L, ask("epoch", null, first));

    Buffer batch =
        Buffer.buffer().appendLong(5).appendInt(3).appendString("abc").appendLong(7).appendInt(1);
    assertNull(ask("storeAll", batch.appendString("x"), Map.of("area", "a")));
    Buffer wanted = Buffer.buffer().appendLong(7).appendLong(6).appendLong(5);
    assertEquals(
        Buffer.buffer()
            .appendLong(7)
            .appendInt(1)
            .appendString("x")
            .appendLong(6)
            .appendInt(-1)
            .appendLong(5)
            .appendInt(3)
            .appendString("abc"),
        ask("loadAll", wanted, Map.of("area", "a")));
    assertEquals(
        Buffer.buffer().appendLong(5).appendLong(7),
        ask("offsets", null, Map.of("area", "a", "offset", 0, "max", 10)));
    assertNull(ask("invalidateAll", wanted, Map.of("area", "a")));
    assertEquals(0L, ask("pages", null, Map.of("area", "a")));

    ask("store", page, first);
    Message<Object> taken = get(send("take", null, first));
    assertEquals(page, taken.body());
    assertNull(ask("load", null, first));
    assertEquals(true, ask("putBack", null, Map.of("take", taken.headers().get("take"))));
    taken = get(send("take", null, first));
    assertEquals(true, ask("commit", null, Map.of("take", taken.headers().get("take"))));
    assertEquals(true, ask("commit", null, Map.of("take", taken.headers().get("take"))));
    Message<Object> nothing = get(send("take", null, first));
    assertNull(nothing.body());
    assertNull(nothing.headers().get("take"));

    JsonObject options = opened.getJsonObject("options").copy().put("exclusive", true);
    assertNull(ask("change", options, Map.of("area", "a")));
    ask("store", page, first);
    Message<Object> away = get(send("load", null, first));
    assertEquals(page, away.body());
    assertEquals(true, ask("putBack", null, Map.of("take", away.headers().get("take"))));
    Message<Object> batchAway =
        get(send("loadAll", Buffer.buffer().appendLong(1).appendLong(2), Map.of("area", "a")));
    assertEquals(true, ask("commit", null, Map.of("take", batchAway.headers().get("take"))));
    assertNull(ask("load", null, first));
    assertNull(ask("freeze", null, Map.of("area", "a")));
    assertNull(ask("thaw", null, Map.of("area", "a")));

    ask("store", page, first);
    assertNull(ask("invalidateArea", null, Map.of("area", "a")));
    assertEquals(0L, ask("pages", null, Map.of("area", "a")));
    assertNull(ask("close", null, Map.of("area", "a", "client", "me", "sequence", 1, "floor", 1)));
    assertNull(ask("swapOff", null, Map.of("area", "a")));
    useACache();
    assertEquals(new TreeSet<>(node().service.actions()), asked);
  }

  private void useACache() {
    Map<String, ?> me = Map.of("cache", "c", "client", "cacher", "floor", 1);
    JsonObject opened =
        (JsonObject)
            ask("openCache", new JsonObject().put("pageSize", 8192), plus(me, "sequence", 1));
    assertNotNull(opened);
    assertEquals("c", opened.getString("cache"));
    assertEquals(8192, opened.getJsonObject("options").getInteger("pageSize"));
    assertNull(ask("touchCache", null, plus(me, "sequence", 2)));
    Map<String, ?> object = Map.of("cache", "c", "object", "01234567-89ab-cdef-0123-456789abcdef");
    Map<String, ?> last = plus(object, "index", 4294967295L);
    Buffer page = Buffer.buffer("a page");
    assertNull(ask("put", page, last));
    assertEquals(
        page,
        ask(
            "get",
            null,
            Map.of(
                "cache", "c", "object", "0123456789abcdef0123456789abcdef", "index", 4294967295L)));
    assertNull(ask("get", null, plus(object, "index", 0)));
    assertNull(ask("invalidateCachePage", null, last));
    assertNull(ask("get", null, last));
    Buffer batch =
        Buffer.buffer().appendLong(5).appendInt(1).appendString("x").appendLong(7).appendInt(1);
    assertNull(ask("putAll", batch.appendString("y"), object));
    assertEquals(
        Buffer.buffer().appendLong(6).appendInt(-1).appendLong(7).appendInt(1).appendString("y"),
        ask("getAll", Buffer.buffer().appendLong(6).appendLong(7), object));
    assertNull(ask("invalidateObject", null, object));
    assertNull(ask("get", null, plus(object, "index", 7)));
    assertNull(ask("invalidateCache", null, Map.of("cache", "c")));
    assertEquals(1, get(node().caches.find("c")).handles());
    assertNull(ask("closeCache", null, plus(me, "sequence", 3)));
    assertTrue(node().caches.list().isEmpty());
  }

  @Test
  void aNamedClientHoldsWhatItOpens() {
    Map<String, ?> me = Map.of("area", "a", "client", "me");
    ask("open", null, plus(me, "sequence", 1, "floor", 1));
    assertEquals(1, node().areas.list().getFirst().handles());
    ask("close", null, plus(me, "sequence", 2, "floor", 2));
    assertEquals(0, node().areas.list().getFirst().handles());
  }

  private static Map<String, ?> plus(Map<String, ?> map, Object... more) {
    Map<String, Object> sum = new HashMap<>(map);
    for (int i = 0; i < more.length; i += 2) {
      sum.put((String) more[i], more[i + 1]);
    }
    return sum;
  }

  @Test
  void areasOpenedAtOnceAreServedOnTheServicesContext() {
    List<Future<?>> requests = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      // the second of a name, and the store, meet an area that is being opened
      String area = "a" + i / 2;
      Map<String, ?> me = Map.of("area", area, "client", "c", "sequence", i, "floor", 0);
      requests.add(send("open", null, me));
      requests.add(send("store", Buffer.buffer("x"), Map.of("area", area, "offset", 1)));
    }
    requests.forEach(BusNode::get);
    assertEquals(4, node().areas.list().size());
    for (OpenArea area : node().areas.list()) {
      assertEquals(1, area.handles());
      assertEquals(1L, ask("pages", null, Map.of("area", area.name())));
    }
  }

  @Test
  void whoWantsNoAnswerIsServedAllTheSame() {
    open();
    DeliveryOptions store =
        new DeliveryOptions()
            .addHeader("action", "store")
            .addHeader("area", "a")
            .addHeader("offset", "1");
    node().vertx.eventBus().send("tmem.n1", Buffer.buffer("x"), store);
    node().vertx.eventBus().send("tmem.n1", "rubbish");
    node().vertx.eventBus().publish("tmem.n1", Buffer.buffer("y"), store);
    assertEquals(Buffer.buffer("y"), ask("load", null, Map.of("area", "a", "offset", 1)));
  }

  @Test
  void theBodyOfAReplyIsNotThePageItself() {
    open();
    Map<String, ?> first = Map.of("area", "a", "offset", 1);
    Buffer page = Buffer.buffer(Pages.of(1, 1, 1, 4096));
    Future<Message<Object>> stored = send("store", page, first);
    page.setBytes(0, new byte[4096]);
    get(stored);
    Buffer loaded = (Buffer) ask("load", null, first);
    assertNotNull(loaded);
    assertEquals(Buffer.buffer(Pages.of(1, 1, 1, 4096)), loaded);
    loaded.setBytes(0, new byte[4096]);
    assertEquals(Buffer.buffer(Pages.of(1, 1, 1, 4096)), ask("load", null, first));
  }

  @Test
  void whatHappensIsPublished(Vertx vertx, VertxTestContext test) {
    Set<String> seen = new TreeSet<>();
    AtomicInteger count = new AtomicInteger();
    vertx
        .eventBus()
        .<JsonObject>consumer(
            "tmem.n1.events",
            message ->
                test.verify(() -> {
                  assertEquals("n1", message.body().getString("node"));
                  seen.add(message.body().getString("event") + message.body().getString("area"));
                  if (count.incrementAndGet() == 2) {
                    assertEquals(Set.of("area-openeda", "area-closeda"), seen);
                    test.completeNow();
                  }
                }));
    open();
    ask("swapOff", null, Map.of("area", "a"));
  }

  @Test
  void anAnswerComesOnTheContextThatAsked(Vertx vertx, VertxTestContext test) {
    open();
    ask("store", Buffer.buffer("x"), Map.of("area", "a", "offset", 1));
    node().demoteAll();
    node().disk.delayMillis = () -> 20;
    Context context = vertx.getOrCreateContext();
    context.runOnContext(start ->
        send("load", null, Map.of("area", "a", "offset", 1))
            .onComplete(
                test.succeeding(reply ->
                    test.verify(() -> {
                      assertEquals(context, Vertx.currentContext());
                      assertEquals(Buffer.buffer("x"), reply.body());
                      test.completeNow();
                    }))));
  }
}
