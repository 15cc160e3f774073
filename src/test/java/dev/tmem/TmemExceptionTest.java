package dev.tmem;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Errors keep class, code, message and details across the event bus. */
class TmemExceptionTest {

  private static final PageFault FAULT = new PageFault("runs", 42, "ramster", "node-2 is gone");

  static Stream<TmemException> errors() {
    return Stream.of(
        new TmemException(ErrorCode.INVALID_PAGE, "a page of 0 bytes"),
        new TmemException(ErrorCode.INTERNAL, "", new IllegalStateException("why")),
        new TmemFullException("zram 64 MiB, swap file 0 B"),
        new PageUnavailableException(FAULT),
        new PageLostException(FAULT),
        new OutcomeUnknownException("no answer within 10000 ms"),
        new AreaGoneException("runs was swapped off"),
        new BatchException(
            Map.of(
                7L, new TmemFullException("full"),
                3L, new TmemException(ErrorCode.INVALID_PAGE, "empty"),
                42L, new PageLostException(FAULT))));
  }

  @ParameterizedTest
  @MethodSource("errors")
  void jsonKeepsClassCodeMessageAndDetails(TmemException error) {
    TmemException back = TmemException.fromJson(new JsonObject(error.toJson().encode()));
    assertEquals(error.getClass(), back.getClass());
    assertEquals(error.code(), back.code());
    assertEquals(error.getMessage(), back.getMessage());
    assertEquals(error.details(), back.details());
    assertEquals(error.toJson(), back.toJson());
  }

  @Test
  void aFaultNamesThePage() {
    TmemException back = TmemException.fromJson(new PageLostException(FAULT).toJson());
    assertEquals(FAULT, assertInstanceOf(PageLostException.class, back).fault());
    String message = String.valueOf(back.getMessage());
    for (String part : new String[] {"runs", "42", "ramster", "node-2 is gone", "lost"}) {
      assertTrue(message.contains(part), message);
    }
  }

  @Test
  void aBatchNamesEachPageAndItsCause() {
    TmemException back =
        TmemException.fromJson(
            new BatchException(
                    Map.of(
                        9L, new TmemFullException("full"), 4L, new PageUnavailableException(FAULT)))
                .toJson());
    Map<Long, TmemException> causes = assertInstanceOf(BatchException.class, back).causes();
    assertEquals(Set.of(4L, 9L), causes.keySet());
    assertInstanceOf(TmemFullException.class, causes.get(9L));
    assertInstanceOf(PageUnavailableException.class, causes.get(4L));
    assertTrue(String.valueOf(back.getMessage()).contains("first at offset 4"));
  }

  @ParameterizedTest
  @EnumSource(ErrorCode.class)
  void everyCodeComesBack(ErrorCode code) {
    JsonObject json =
        new JsonObject()
            .put("error", code.name())
            .put("message", "m")
            .put(
                "failed",
                new JsonArray()
                    .add(
                        new JsonObject()
                            .put("offset", 1)
                            .put("error", "FULL")
                            .put("message", "m")));
    assertEquals(code, TmemException.fromJson(json).code());
  }

  @Test
  void whatCannotBeToldIsInternal() {
    for (String text :
        new String[] {
          "{}", "{\"error\":\"NO_SUCH\"}", "{\"error\":\"BATCH\"}", "{\"error\":null}",
        }) {
      assertEquals(
          ErrorCode.INTERNAL, TmemException.fromJson(new JsonObject(text)).code(), () -> text);
    }
  }

  @Test
  void numbersOfCodesAreUniqueAndOfTheirKind() {
    Set<Integer> numbers = new HashSet<>();
    for (ErrorCode code : ErrorCode.values()) {
      assertTrue(numbers.add(code.number()), () -> code + " has a number of its own");
      int kind = code.number() / 1000;
      assertTrue(kind == 4 || kind == 5, () -> code + " is 4xxx or 5xxx");
      assertEquals(code, ErrorCode.of(code.number()));
    }
    assertEquals(ErrorCode.INTERNAL, ErrorCode.of(0));
    assertEquals(ErrorCode.INTERNAL, ErrorCode.of(-1));
  }

  /** Programs outside match these numbers: a number once given stays. */
  @Test
  void numbersOfCodesStayAsTheyWereGiven() {
    assertEquals(
        "INVALID_PAGE=4001 INVALID_OFFSET=4002 UNKNOWN_AREA=4003 OPTIONS_MISMATCH=4004"
            + " INVALID_OPTION=4005 MALFORMED_MESSAGE=4006 UNKNOWN_COMMAND=4007 AREA_CLOSED=4008"
            + " AREA_GONE=4009 WRONG_INCARNATION=4010 EXPIRED=4011 REPEATED=4012 AREA_BUSY=4013"
            + " NAME_TAKEN=4014 UNKNOWN_BACKEND=4015 FULL=5001 PAGE_UNAVAILABLE=5002"
            + " PAGE_LOST=5003 OUTCOME_UNKNOWN=5004 CLOSED=5005 NODE_UNREACHABLE=5006"
            + " BACKEND_FAILED=5007 BATCH=5008 OVERLOADED=5009 FROZEN=5010"
            + " NO_LEASE=5011 LOAD_FAILED=5012 INTERNAL=5999",
        String.join(
            " ",
            Arrays.stream(ErrorCode.values()).map(code -> code + "=" + code.number()).toList()));
  }

  @Test
  void backendInfoComesBack() {
    BackendInfo info = new BackendInfo("swapfile", 300, "frozen", "why", 1, 2, 3, 4L << 30);
    assertEquals(info, BackendInfo.fromJson(new JsonObject(info.toJson().encode())));
  }
}
