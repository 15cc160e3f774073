package dev.tmem.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tmem.ErrorCode;
import dev.tmem.TmemException;
import dev.tmem.TmemFullException;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A name is one space's at a time, and free again whatever goes wrong. */
class NamedSpacesTest {

  private final SpaceNames names = new SpaceNames();
  private final NamedSpaces<String> named = new NamedSpaces<>("area", names, 2);

  private Future<String> open(String name, String what) {
    return named.open(name, () -> Future.succeededFuture(what), Future::succeededFuture);
  }

  private static ErrorCode code(Future<?> failed) {
    return ((TmemException) failed.cause()).code();
  }

  @Test
  void whoComesSecondGetsTheFirst() {
    Promise<String> opening = Promise.promise();
    Future<String> first = named.open("a", opening::future, Future::succeededFuture);
    Future<String> second = open("a", "another");
    assertEquals(List.of(), named.list());
    assertFalse(second.isComplete());
    opening.complete("one");
    assertSame("one", first.result());
    assertSame("one", second.result());
    assertEquals(List.of("one"), named.list());
  }

  @Test
  void whatFailsOrThrowsLeavesTheNameFree() {
    Future<String> failed =
        named.open("a", () -> Future.failedFuture("no"), Future::succeededFuture);
    assertTrue(failed.failed());
    Future<String> thrown =
        named.open(
            "a",
            () -> {
              throw new OutOfMemoryError("no memory for tables");
            },
            Future::succeededFuture);
    assertTrue(thrown.cause() instanceof OutOfMemoryError);
    assertNull(named.lookUp("a"));
    assertSame("one", open("a", "one").result());
    assertSame("two", open("b", "two").result());
    assertTrue(open("c", "three").cause() instanceof TmemFullException, "two names are all");
  }

  @Test
  void onlyTheOneThatHasTheNameGivesItBack() {
    open("a", "one");
    named.release("a", "one");
    named.release("a", "one");
    open("a", "two");
    named.release("a", "one");
    assertSame("two", named.find("a").result());
    assertFalse(named.has("a", "one"));
    open("b", "three");
    assertThrows(TmemFullException.class, () -> open("c", "four").await());
  }

  @Test
  void nothingIsOpenedAfterTheEnd() {
    open("a", "one");
    assertEquals(1, named.end().size());
    assertEquals(ErrorCode.CLOSED, code(open("b", "two")));
    assertSame("one", open("a", "two").result(), "what is there is there until it is ended");
    assertEquals(ErrorCode.UNKNOWN_AREA, code(named.find("b")));
  }
}
