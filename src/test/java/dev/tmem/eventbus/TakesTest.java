package dev.tmem.eventbus;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.tmem.ErrorCode;
import dev.tmem.Taken;
import dev.tmem.TmemException;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Takes between their two phases, and after. */
class TakesTest {

  private long now;
  private final Takes takes = new Takes(() -> now);
  private final List<String> decisions = new ArrayList<>();

  private final class Page implements Taken {
    @Override
    public Buffer page() {
      return Buffer.buffer("page");
    }

    @Override
    public Future<Boolean> commit() {
      decisions.add("commit");
      return Future.succeededFuture(true);
    }

    @Override
    public Future<Boolean> putBack() {
      decisions.add("putBack");
      return Future.succeededFuture(true);
    }
  }

  private String take(int bytes) {
    takes.checkRoom(bytes);
    return takes.add(new Page(), bytes);
  }

  @Test
  void theFirstDecisionIsKept() {
    String name = take(4);
    assertEquals(true, takes.decide(name, true).result());
    assertEquals(true, takes.decide(name, true).result());
    assertEquals(true, takes.decide(name, false).result());
    assertEquals(List.of("commit"), decisions);
    assertNotEquals(name, take(4));
  }

  @Test
  void anUnknownTakeDidNotStand() {
    assertEquals(false, takes.decide("x", true).result());
  }

  @Test
  void aTakeIsForgottenAfterItsTime() {
    String name = take(4);
    now += Takes.REMEMBERED_NANOS - 1;
    assertEquals(1, takes.forgetOld());
    now++;
    assertEquals(0, takes.forgetOld());
    assertEquals(false, takes.decide(name, true).result());
  }

  @Test
  void pagesNotDecidedOnAreBounded() {
    int half = (int) (Takes.MAX_BYTES / 2);
    String first = take(half);
    take(half);
    assertEquals(
        ErrorCode.OVERLOADED, assertThrows(TmemException.class, () -> takes.checkRoom(1)).code());
    takes.decide(first, false);
    takes.decide(first, false);
    take(half);
    assertEquals(
        ErrorCode.OVERLOADED, assertThrows(TmemException.class, () -> takes.checkRoom(1)).code());
    now += Takes.REMEMBERED_NANOS;
    takes.checkRoom((int) Takes.MAX_BYTES);
  }

  @Test
  void whatIsRememberedIsBounded() {
    String first = take(1);
    takes.decide(first, true);
    for (int i = 0; i < Takes.MAX_REMEMBERED; i++) {
      takes.decide(take(1), true);
    }
    assertEquals(Takes.MAX_REMEMBERED, takes.forgetOld());
    assertEquals(false, takes.decide(first, true).result());
  }
}
