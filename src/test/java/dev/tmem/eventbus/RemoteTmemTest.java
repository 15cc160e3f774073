package dev.tmem.eventbus;

import static dev.tmem.eventbus.BusNode.get;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tmem.AreaGoneException;
import dev.tmem.BatchException;
import dev.tmem.ErrorCode;
import dev.tmem.Listening;
import dev.tmem.OutcomeUnknownException;
import dev.tmem.SwapArea;
import dev.tmem.SwapAreaOptions;
import dev.tmem.Taken;
import dev.tmem.Tmem;
import dev.tmem.TmemEvent;
import dev.tmem.TmemException;
import dev.tmem.Until;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.DeliveryContext;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.Message;
import io.vertx.core.json.JsonObject;
import io.vertx.junit5.VertxExtension;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A client of a node that leaves, comes back, is late, is silent. */
@ExtendWith(VertxExtension.class)
class RemoteTmemTest {

  private static final Buffer PAGE = Buffer.buffer("page");

  private static TmemException fails(ErrorCode code, Callable<Future<?>> call) {
    TmemException error = assertThrows(TmemException.class, () -> get(call.call()));
    assertEquals(code, error.code(), error.toString());
    return error;
  }

  @Test
  void thereHasToBeANode(Vertx vertx) {
    TmemException error =
        fails(ErrorCode.NODE_UNREACHABLE, () -> RemoteTmem.connect(vertx, "nobody"));
    assertTrue(String.valueOf(error.getMessage()).contains("nobody"));
  }

  @Test
  void aRestartedNodeHasNothingOfTheOldOnesAreas(Vertx vertx) {
    Tmem client;
    SwapArea area;
    Taken taken;
    try (BusNode _ = new BusNode(vertx, "n1", "life-1")) {
      client = get(RemoteTmem.connect(vertx, "n1"));
      area = get(client.swapOn("a", new SwapAreaOptions()));
      get(area.store(1, PAGE));
      get(area.store(2, PAGE));
      Taken known = get(area.take(2));
      assertNotNull(known);
      taken = known;
    }
    fails(ErrorCode.NODE_UNREACHABLE, () -> area.load(1));
    fails(ErrorCode.NODE_UNREACHABLE, () -> area.store(1, PAGE));
    fails(ErrorCode.NODE_UNREACHABLE, taken::commit);
    try (BusNode again = new BusNode(vertx, "n1", "life-2")) {
      get(again.areas.swapOn("a", new SwapAreaOptions()));
      assertThrows(AreaGoneException.class, () -> get(area.contains(1)));
      fails(ErrorCode.AREA_GONE, () -> area.load(1));
      fails(ErrorCode.AREA_GONE, () -> area.store(1, PAGE));
      fails(ErrorCode.AREA_GONE, () -> area.loadAll(new long[] {1, 2}));
      fails(ErrorCode.AREA_GONE, () -> area.storeAll(new long[] {1}, List.of(PAGE)));
      fails(ErrorCode.AREA_GONE, taken::commit);
      get(area.close());
      SwapArea anew = get(client.area("a"));
      assertEquals(0L, get(anew.pages()));
      get(client.close());
    }
  }

  @Test
  void aSilentNodeLeavesChangesUnknownAndIsNotWaitedForForever(Vertx vertx) {
    AtomicBoolean silent = new AtomicBoolean();
    try (BusNode node = new BusNode(vertx, "n1", "life-1")) {
      Handler<DeliveryContext<Object>> drop =
          context -> {
            if (!silent.get() || !context.message().address().equals("tmem.n1")) {
              context.next();
            }
          };
      vertx.eventBus().addOutboundInterceptor(drop);
      Tmem client = get(RemoteTmem.connect(vertx, "n1", 200));
      SwapArea area = get(client.swapOn("a", new SwapAreaOptions()));
      get(area.store(1, PAGE));
      get(area.store(2, PAGE));
      Taken taken = get(area.take(2));
      assertNotNull(taken);
      silent.set(true);
      assertThrows(OutcomeUnknownException.class, () -> get(area.store(1, PAGE)));
      fails(ErrorCode.OUTCOME_UNKNOWN, () -> area.invalidatePage(1));
      fails(ErrorCode.OUTCOME_UNKNOWN, () -> area.storeAll(new long[] {1}, List.of(PAGE)));
      fails(ErrorCode.NODE_UNREACHABLE, () -> area.load(1));
      fails(ErrorCode.NODE_UNREACHABLE, () -> area.loadAll(new long[] {1}));
      fails(ErrorCode.OUTCOME_UNKNOWN, taken::commit);
      silent.set(false);
      assertEquals(PAGE, get(area.load(1)));
      assertEquals(true, get(taken.commit()), "a decision may be told again");
      assertEquals(1L, get(area.pages()));
      vertx.eventBus().removeOutboundInterceptor(drop);
      assertEquals(1, node.areas.list().size());
    }
  }

  /** The sooner of two stores arrives after the later one: it must not undo it. */
  @Test
  void aRequestThatWasGivenUpDoesNothingWhenItArrives(Vertx vertx) throws Exception {
    try (BusNode _ = new BusNode(vertx, "n1", "life-1")) {
      AtomicReference<@Nullable DeliveryContext<Object>> held = new AtomicReference<>();
      Handler<DeliveryContext<Object>> hold =
          context -> {
            boolean first =
                "store".equals(context.message().headers().get("action"))
                    && held.compareAndSet(null, context);
            if (!first) {
              context.next();
            }
          };
      vertx.eventBus().addOutboundInterceptor(hold);
      Tmem client = get(RemoteTmem.connect(vertx, "n1", 500));
      SwapArea area = get(client.swapOn("a", new SwapAreaOptions()));
      fails(ErrorCode.OUTCOME_UNKNOWN, () -> area.store(1, Buffer.buffer("old")));
      get(area.store(1, Buffer.buffer("new")));
      DeliveryContext<Object> late = held.get();
      assertNotNull(late);
      late.message().headers().remove("deadline");
      late.next();
      assertEquals("new", String.valueOf(get(area.load(1))));
      vertx.eventBus().removeOutboundInterceptor(hold);
    }
  }

  @Test
  void aMessageThatComesTwiceIsServedOnce(Vertx vertx) {
    try (BusNode _ = new BusNode(vertx, "n1", "life-1")) {
      Handler<DeliveryContext<Object>> twice =
          context -> {
            Message<Object> message = context.message();
            if ("store".equals(message.headers().get("action"))
                && message.headers().get("again") == null) {
              var options = new DeliveryOptions();
              message.headers().forEach(options::addHeader);
              vertx
                  .eventBus()
                  .request(message.address(), message.body(), options.addHeader("again", "yes"));
            }
            context.next();
          };
      vertx.eventBus().addOutboundInterceptor(twice);
      Tmem client = get(RemoteTmem.connect(vertx, "n1"));
      SwapArea area = get(client.swapOn("a", new SwapAreaOptions()));
      // whichever comes first is served; the other one is refused
      area.store(1, PAGE).otherwiseEmpty();
      get(area.load(1));
      vertx.eventBus().removeOutboundInterceptor(twice);
      assertEquals(
          1L,
          get(client.admin("stats", new JsonObject()))
              .getJsonObject("counters")
              .getLong("succ_stores"));
    }
  }

  @Test
  void aClientThatClosesHoldsNothing(Vertx vertx) {
    try (BusNode node = new BusNode(vertx, "n1", "life-1")) {
      Tmem client = get(RemoteTmem.connect(vertx, "n1"));
      SwapArea first = get(client.swapOn("a", new SwapAreaOptions()));
      SwapArea second = get(client.area("a"));
      get(client.swapOn("b", new SwapAreaOptions()));
      get(first.close());
      assertEquals(1, node.areas.list().getFirst().handles(), "the second handle holds it");
      get(second.contains(1));
      get(client.close());
      get(client.close());
      node.areas.list().forEach(area -> assertEquals(0, area.handles(), area.name()));
      fails(ErrorCode.CLOSED, () -> client.area("a"));
      fails(ErrorCode.CLOSED, () -> client.swapOn("c", new SwapAreaOptions()));
      fails(ErrorCode.AREA_CLOSED, () -> second.load(1));
    }
  }

  @Test
  void aClientHearsWhatHappensAtTheNode(Vertx vertx) throws Exception {
    try (BusNode _ = new BusNode(vertx, "n1", "life-1")) {
      Tmem client = get(RemoteTmem.connect(vertx, "n1"));
      BlockingQueue<TmemEvent> heard = new LinkedBlockingQueue<>();
      Listening listening = get(client.listen(heard::add));
      get(client.swapOn("a", new SwapAreaOptions()));
      assertEquals(new TmemEvent.AreaOpened("a", 1), heard.poll(Until.SECONDS, TimeUnit.SECONDS));
      get(get(client.area("a")).swapOff());
      assertEquals(
          new TmemEvent.AreaClosed("a", 1, 0), heard.poll(Until.SECONDS, TimeUnit.SECONDS));
      listening.close();
      get(client.close());
    }
  }

  @Test
  void aClientClosesAlsoWhenItsNodeIsGone(Vertx vertx) {
    Tmem client;
    try (BusNode _ = new BusNode(vertx, "n1", "life-1")) {
      client = get(RemoteTmem.connect(vertx, "n1"));
      get(client.swapOn("a", new SwapAreaOptions()));
    }
    get(client.close());
  }

  @Test
  void someMessagesOfABatchMayFail(Vertx vertx) {
    try (BusNode _ = new BusNode(vertx, "n1", "life-1")) {
      AtomicBoolean dropped = new AtomicBoolean();
      Handler<DeliveryContext<Object>> dropOne =
          context -> {
            if (!"storeAll".equals(context.message().headers().get("action"))
                || !dropped.compareAndSet(false, true)) {
              context.next();
            }
          };
      vertx.eventBus().addOutboundInterceptor(dropOne);
      Tmem client = get(RemoteTmem.connect(vertx, "n1", 500));
      SwapArea area = get(client.swapOn("a", new SwapAreaOptions()));
      long[] offsets = LongStream.range(0, 100).toArray();
      List<Buffer> pages = new ArrayList<>();
      for (long offset : offsets) {
        pages.add(Buffer.buffer(new byte[4096]).setLong(8, offset));
      }
      BatchException error =
          assertThrows(BatchException.class, () -> get(area.storeAll(offsets, pages)));
      vertx.eventBus().removeOutboundInterceptor(dropOne);
      assertTrue(error.causes().size() < 100, error.toString());
      assertEquals(100L - error.causes().size(), get(area.pages()));
      Set<ErrorCode> codes = new TreeSet<>();
      error.causes().values().forEach(cause -> codes.add(cause.code()));
      assertEquals(Set.of(ErrorCode.OUTCOME_UNKNOWN), codes);
    }
  }

  @Test
  void anAnswerThatIsNotOursIsATypedError(Vertx vertx) {
    vertx
        .eventBus()
        .consumer(
            "tmem.odd",
            message -> {
              switch (String.valueOf(message.headers().get("action"))) {
                case "hello" -> message.reply("hello");
                case "open" -> message.fail(7, "not JSON");
                default -> message.fail(4003, "{\"error\": 5}");
              }
            });
    Tmem client = get(RemoteTmem.connect(vertx, "odd"));
    TmemException error =
        fails(ErrorCode.INTERNAL, () -> client.swapOn("a", new SwapAreaOptions()));
    assertEquals("not JSON", error.getMessage());
    assertThrows(TmemException.class, () -> get(client.area("a")));
  }

  @Test
  void aBatchAnsweredWithOtherPagesIsAnError(Vertx vertx) {
    JsonObject description =
        new JsonObject()
            .put("area", "a")
            .put("number", 1)
            .put("incarnation", "life")
            .put("options", new SwapAreaOptions().toJson());
    vertx
        .eventBus()
        .consumer(
            "tmem.odd",
            message -> {
              switch (String.valueOf(message.headers().get("action"))) {
                case "hello", "open" -> message.reply(description);
                default -> message.reply(BatchLayout.encode(new long[] {1}, List.of(PAGE)));
              }
            });
    Tmem client = get(RemoteTmem.connect(vertx, "odd"));
    SwapArea area = get(client.swapOn("a", new SwapAreaOptions()));
    assertEquals(List.of(PAGE), get(area.loadAll(new long[] {1})));
    fails(ErrorCode.MALFORMED_MESSAGE, () -> area.loadAll(new long[] {2}));
    fails(ErrorCode.MALFORMED_MESSAGE, () -> area.loadAll(new long[] {1, 2}));
  }

  @Test
  void manyThreadsShareAClient(Vertx vertx) throws Exception {
    try (BusNode _ = new BusNode(vertx, "n1", "life-1")) {
      Tmem client = get(RemoteTmem.connect(vertx, "n1"));
      SwapArea area = get(client.swapOn("a", new SwapAreaOptions()));
      List<Promise<Void>> done = new ArrayList<>();
      for (int thread = 0; thread < 4; thread++) {
        Promise<Void> promise = Promise.promise();
        done.add(promise);
        long offset = thread;
        Thread.ofPlatform()
            .start(() -> {
              List<Future<?>> calls = new ArrayList<>();
              for (int version = 0; version < 1000; version++) {
                calls.add(area.store(offset, Buffer.buffer("v" + version)));
              }
              Future.all(calls).<Void>mapEmpty().onComplete(promise);
            });
      }
      for (int thread = 0; thread < done.size(); thread++) {
        get(done.get(thread).future());
        assertEquals("v999", String.valueOf(get(area.load(thread))));
      }
    }
  }
}
