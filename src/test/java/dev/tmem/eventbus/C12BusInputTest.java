package dev.tmem.eventbus;

import static dev.tmem.eventbus.BusNode.get;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tmem.ErrorCode;
import dev.tmem.SwapArea;
import dev.tmem.SwapAreaOptions;
import dev.tmem.TmemException;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.eventbus.ReplyFailure;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.junit5.VertxExtension;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** C12 over the event bus: each bad request is answered with a typed error; nothing changes. */
@ExtendWith(VertxExtension.class)
class C12BusInputTest {

  private static final Buffer PAGE = Buffer.buffer("the page that stays");

  private @Nullable BusNode node;
  private @Nullable SwapArea area;

  @BeforeEach
  void begin(Vertx vertx) {
    node = new BusNode(vertx, "n1", "life-1");
    area = get(node.areas.swapOn("a", new SwapAreaOptions().setMaxPages(10_000)));
    get(area.store(1, PAGE));
  }

  @AfterEach
  void nothingHasChangedAndTheServiceGoesOn() {
    Object page = ask(PAGE, "action", "load", "area", "a", "offset", "1");
    assertEquals(PAGE, page);
    assertEquals(1L, ask(null, "action", "pages", "area", "a"));
    assertEquals(1, node().areas.list().size());
    node().close();
  }

  private BusNode node() {
    BusNode known = node;
    assertNotNull(known);
    return known;
  }

  private @Nullable Object ask(@Nullable Object body, String... headers) {
    DeliveryOptions options = new DeliveryOptions();
    for (int i = 0; i < headers.length; i += 2) {
      options.addHeader(headers[i], headers[i + 1]);
    }
    return get(node().vertx.eventBus().request("tmem.n1", body, options)).body();
  }

  /** Asks, and is refused with that code, in words that name what is wrong. */
  private void refused(ErrorCode code, String names, @Nullable Object body, String... headers) {
    ReplyException reply = assertThrows(ReplyException.class, () -> ask(body, headers));
    assertEquals(ReplyFailure.RECIPIENT_FAILURE, reply.failureType());
    assertEquals(code.number(), reply.failureCode(), reply.toString());
    JsonObject error = new JsonObject(reply.getMessage());
    assertEquals(code.name(), error.getString("error"));
    assertTrue(error.getString("message").contains(names), error.encode());
    assertEquals(code, TmemException.fromJson(error).code());
  }

  private void malformed(String names, @Nullable Object body, String... headers) {
    refused(ErrorCode.MALFORMED_MESSAGE, names, body, headers);
  }

  @Test
  void anActionThatDoesNotExist() {
    malformed("header action is missing", null);
    malformed("header action is missing", PAGE, "area", "a", "offset", "1");
    malformed("no action stor", PAGE, "action", "stor", "area", "a", "offset", "1");
    malformed("invalidatePage", PAGE, "action", "");
  }

  @Test
  void aHeaderThatIsMissing() {
    for (String action : node().service.actions()) {
      if (!action.equals("hello")) {
        malformed("is missing", PAGE, "action", action);
      }
    }
    malformed("header area", PAGE, "action", "store", "offset", "1");
    malformed("header offset", PAGE, "action", "store", "area", "a");
    malformed("header max", null, "action", "offsets", "area", "a", "offset", "1");
    malformed("header take", null, "action", "commit", "area", "a");
    malformed("header client", null, "action", "close", "area", "a");
  }

  @Test
  void aNumberThatIsNone() {
    for (String number : new String[] {"", " 1", "1.0", "0x1", "one", "9223372036854775808"}) {
      malformed("offset is " + number, PAGE, "action", "store", "area", "a", "offset", number);
      malformed("number", PAGE, "action", "store", "area", "a", "offset", "1", "number", number);
      malformed("deadline", null, "action", "hello", "deadline", number);
      malformed("sequence", null, "action", "hello", "client", "c", "sequence", number);
      malformed("floor", null, "action", "hello", "client", "c", "sequence", "1", "floor", number);
      malformed("max", null, "action", "offsets", "area", "a", "offset", "1", "max", number);
    }
  }

  @Test
  void anOffsetOutOfRange() {
    for (String offset : new String[] {"-1", "10000", "281474976710656", "9223372036854775807"}) {
      for (String action : new String[] {"store", "load", "take", "contains", "invalidatePage"}) {
        refused(
            ErrorCode.INVALID_OFFSET,
            offset,
            PAGE,
            "action",
            action,
            "area",
            "a",
            "offset",
            offset);
      }
    }
    for (String max : new String[] {"-9223372036854775808", "-1", "0", "65537", "99999999999"}) {
      malformed("65536", null, "action", "offsets", "area", "a", "offset", "0", "max", max);
    }
  }

  @Test
  void aBodyOfAnotherKind() {
    Object[] bodies = {
      null, "text", 1, 1L, true, 1.5, 'c', new JsonObject(), new JsonArray(), (short) 1, (byte) 1
    };
    for (Object body : bodies) {
      malformed("body is", body, "action", "store", "area", "a", "offset", "1");
      malformed("body is", body, "action", "storeAll", "area", "a");
      malformed("body is", body, "action", "loadAll", "area", "a");
      malformed("body is", body, "action", "invalidateAll", "area", "a");
    }
    malformed("not a JSON object", PAGE, "action", "open", "area", "b");
    malformed("not a JSON object", "{}", "action", "open", "area", "b");
  }

  @Test
  void aPageThatIsEmptyOrTooLong() {
    String[] store = {"action", "store", "area", "a", "offset", "1"};
    refused(ErrorCode.INVALID_PAGE, "0 bytes", Buffer.buffer(), store);
    refused(ErrorCode.INVALID_PAGE, "4097", Buffer.buffer(new byte[4097]), store);
    refused(ErrorCode.INVALID_PAGE, "1000000", new byte[1_000_000], store);
    Buffer tooLong = Buffer.buffer(new byte[(int) NodeService.MAX_BYTES + 1]);
    malformed("67108865", tooLong, store);
  }

  @Test
  void aBatchThatDoesNotDecode() {
    String[] store = {"action", "storeAll", "area", "a"};
    Buffer whole = Buffer.buffer().appendLong(1).appendInt(2).appendString("ab");
    for (int length = 1; length < whole.length(); length++) {
      malformed("batch", whole.getBuffer(0, length), store);
    }
    for (int length : new int[] {-2, Integer.MIN_VALUE, Integer.MAX_VALUE, 3}) {
      Buffer body = Buffer.buffer().appendLong(1).appendInt(length).appendString("ab");
      malformed("length " + length, body, store);
    }
    malformed("absent", Buffer.buffer().appendLong(1).appendInt(-1), store);
    malformed("0 pages", Buffer.buffer(), store);
    malformed("not a multiple of 8", Buffer.buffer(new byte[9]), "action", "loadAll", "area", "a");
    malformed("0 pages", Buffer.buffer(), "action", "loadAll", "area", "a");
    malformed("0 pages", Buffer.buffer(), "action", "invalidateAll", "area", "a");
  }

  @Test
  void aBatchOfTooManyPages() {
    Buffer pages = Buffer.buffer();
    Buffer offsets = Buffer.buffer();
    for (int i = 0; i <= 4096; i++) {
      pages.appendLong(i).appendInt(1).appendString("x");
      offsets.appendLong(i);
    }
    malformed("4096", pages, "action", "storeAll", "area", "a");
    malformed("4096", offsets, "action", "loadAll", "area", "a");
    malformed("4096", offsets, "action", "invalidateAll", "area", "a");
    Buffer many = Buffer.buffer(new byte[32 << 20]);
    malformed("67108864", many, "action", "loadAll", "area", "a");
  }

  @Test
  void aBatchOfWhichEveryPageIsWrong() {
    Buffer body = Buffer.buffer();
    for (long offset : new long[] {-1, 10_000}) {
      body.appendLong(offset).appendInt(1).appendString("x");
    }
    body.appendLong(1).appendInt(5000).appendBytes(new byte[5000]);
    refused(ErrorCode.BATCH, "3 pages", body, "action", "storeAll", "area", "a");
    refused(
        ErrorCode.INVALID_OFFSET,
        "10000",
        Buffer.buffer().appendLong(1).appendLong(10_000),
        "action",
        "loadAll",
        "area",
        "a");
  }

  @Test
  void anotherIncarnationOrNumberIsMeant() {
    refused(
        ErrorCode.WRONG_INCARNATION, "life-0", PAGE, "action", "hello", "incarnation", "life-0");
    String[] store = {"action", "store", "area", "a", "offset", "1"};
    Buffer other = Buffer.buffer("other");
    refused(ErrorCode.WRONG_INCARNATION, "life-1", other, with(store, "incarnation", ""));
    refused(ErrorCode.AREA_GONE, "number 1", other, with(store, "number", "2"));
    refused(ErrorCode.AREA_GONE, "number 1", other, with(store, "number", "4294967297"));
    String[] unknown = {"action", "store", "area", "b", "offset", "1"};
    refused(ErrorCode.UNKNOWN_AREA, "named b", other, unknown);
    refused(ErrorCode.AREA_GONE, "swapped off", other, with(unknown, "number", "1"));
    refused(ErrorCode.UNKNOWN_AREA, "named b", null, "action", "attach", "area", "b");
  }

  private static String[] with(String[] headers, String... more) {
    String[] all = new String[headers.length + more.length];
    System.arraycopy(headers, 0, all, 0, headers.length);
    System.arraycopy(more, 0, all, headers.length, more.length);
    return all;
  }

  @Test
  void aRequestThatComesTooLateOrTwice() {
    String[] store = {"action", "store", "area", "a", "offset", "1"};
    Buffer late = Buffer.buffer("late");
    refused(ErrorCode.EXPIRED, "deadline", late, with(store, "deadline", "1000"));
    refused(ErrorCode.EXPIRED, "deadline", late, with(store, "deadline", "-1"));
    String[] pages = {"action", "pages", "area", "a", "client", "c"};
    assertEquals(1L, ask(null, with(pages, "sequence", "5", "floor", "3")));
    refused(
        ErrorCode.REPEATED, "5", late, with(store, "client", "c", "sequence", "5", "floor", "3"));
    refused(
        ErrorCode.EXPIRED, "2", late, with(store, "client", "c", "sequence", "2", "floor", "1"));
    malformed("sequence is missing", late, with(store, "client", "c"));
    malformed("floor is missing", late, with(store, "client", "c", "sequence", "9"));
    malformed("128", late, with(store, "client", "x".repeat(129), "sequence", "1", "floor", "1"));
    assertEquals(1L, ask(null, with(pages, "sequence", "4", "floor", "3")));
  }

  @Test
  void anAreaThatCannotBeOpened() {
    String[] open = {"action", "open", "area", "b"};
    refused(ErrorCode.INVALID_OPTION, "colour", new JsonObject().put("colour", "red"), open);
    refused(ErrorCode.INVALID_OPTION, "1000", new JsonObject().put("pageSize", 1000), open);
    refused(ErrorCode.INVALID_OPTION, "pageSize", new JsonObject().put("pageSize", null), open);
    refused(ErrorCode.INVALID_OPTION, "maxPages", new JsonObject().put("maxPages", 1.5), open);
    refused(ErrorCode.INVALID_OPTION, "area", null, "action", "open", "area", "");
    refused(ErrorCode.INVALID_OPTION, "area", null, "action", "open", "area", "../b");
    refused(ErrorCode.OPTIONS_MISMATCH, "10000", new JsonObject(), "action", "open", "area", "a");
  }

  @Test
  void aTakeThatNobodyMade() {
    assertEquals(false, ask(null, "action", "commit", "take", "x"));
    assertEquals(false, ask(null, "action", "putBack", "take", ""));
  }

  /** Any headers and bodies, from seeds: an answer always comes. */
  @Test
  void anythingAtAllIsAnswered() {
    String[] names = {
      "action",
      "area",
      "offset",
      "max",
      "take",
      "number",
      "incarnation",
      "deadline",
      "client",
      "sequence",
      "floor"
    };
    String[] harmless = {"hello", "load", "loadAll", "contains", "pages", "offsets", "commit"};
    String[] values = {"", "a", "1", "-1", "x", "99999999999999999999", "life-1", "\0", "é"};
    Object[] bodies = {null, "x", 1, Buffer.buffer(), Buffer.buffer(new byte[8]), new JsonObject()};
    for (long seed = 0; seed < 2000; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      DeliveryOptions options = new DeliveryOptions();
      options.addHeader("action", harmless[random.nextInt(harmless.length)]);
      for (String name : names) {
        if (random.nextInt(3) > 0) {
          options.addHeader(name, values[random.nextInt(values.length)]);
        }
      }
      Object body = bodies[random.nextInt(bodies.length)];
      try {
        get(node().vertx.eventBus().request("tmem.n1", body, options));
      } catch (ReplyException reply) {
        assertEquals(ReplyFailure.RECIPIENT_FAILURE, reply.failureType(), "seed " + seed);
        assertTrue(reply.failureCode() < 5000, "seed " + seed + ": " + reply);
      }
    }
  }
}
