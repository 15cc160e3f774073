package dev.tmem.cleancache.shared.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.tmem.cleancache.shared.protocol.Message.Outcome;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** A number is carried out once at most, and never after it was refused or given up. */
class SessionsTest {

  private static final UUID SENDER = new UUID(1, 1);

  private final Sessions sessions = new Sessions();
  private int carriedOut;

  private Outcome ask(long number, long floor, Outcome answer) {
    return sessions.once(
        SENDER,
        number,
        floor,
        0,
        () -> {
          carriedOut += answer == Outcome.DONE ? 1 : 0;
          return answer;
        });
  }

  @Test
  void onceIsEnough() {
    assertEquals(Outcome.DONE, ask(5, 1, Outcome.DONE));
    assertEquals(Outcome.DONE, ask(5, 1, Outcome.DONE));
    assertEquals(Outcome.DONE, ask(5, 1, Outcome.NO_LEASE), "it is done, whatever has changed");
    assertEquals(1, carriedOut);
  }

  @Test
  void whatWasRefusedIsNotDoneByACopyThatComesLater() {
    assertEquals(Outcome.NOT_YET, ask(5, 1, Outcome.NOT_YET));
    assertEquals(Outcome.LATE, ask(5, 1, Outcome.DONE));
    assertEquals(Outcome.DONE, ask(6, 1, Outcome.DONE), "its next number is another matter");
    assertEquals(Outcome.LATE, ask(5, 6, Outcome.DONE));
    assertEquals(1, carriedOut);
  }

  @Test
  void whatIsBelowTheFloorIsOver() {
    assertEquals(Outcome.DONE, ask(9, 8, Outcome.DONE));
    assertEquals(Outcome.LATE, ask(7, 1, Outcome.DONE));
    assertEquals(Outcome.LATE, ask(9, 10, Outcome.DONE));
    assertEquals(1, carriedOut);
  }
}
