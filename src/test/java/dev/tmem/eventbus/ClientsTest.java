package dev.tmem.eventbus;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tmem.ErrorCode;
import dev.tmem.TmemException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Requests that come twice, or too late. */
class ClientsTest {

  private final Clients clients = new Clients();

  private @Nullable ErrorCode admit(String client, long sequence, long floor) {
    try {
      clients.admit(client, sequence, floor);
      return null;
    } catch (TmemException e) {
      return e.code();
    }
  }

  @Test
  void aRequestIsCarriedOutOnceAndNotBelowTheFloor() {
    assertEquals(null, admit("c", 1, 1));
    assertEquals(ErrorCode.REPEATED, admit("c", 1, 1));
    assertEquals(null, admit("c", 5, 1));
    assertEquals(null, admit("c", 3, 1), "late, but awaited still");
    assertEquals(null, admit("c", 6, 4));
    assertEquals(ErrorCode.EXPIRED, admit("c", 2, 2), "given up meanwhile");
    assertEquals(ErrorCode.EXPIRED, admit("c", 3, 1));
    assertEquals(null, admit("c", 4, 4));
    assertEquals(null, admit("d", 1, 1), "clients do not know each other");
  }

  @Test
  void aRequestBelowItsOwnFloorIsRefused() {
    assertEquals(ErrorCode.EXPIRED, admit("c", 4, 5));
    assertEquals(null, admit("c", 5, 5));
  }

  @Test
  void oneSlowRequestDoesNotStopABusyClient() {
    for (long sequence = 1; sequence < 300_000; sequence++) {
      clients.admit("c", sequence, 1);
    }
    assertEquals(ErrorCode.REPEATED, admit("c", 77, 1));
  }

  @Test
  void numbersLeftOutAreBounded() {
    for (long gap = 0; gap <= Clients.MAX_GAPS; gap++) {
      clients.admit("c", 2 * gap, 0);
    }
    assertEquals(ErrorCode.MALFORMED_MESSAGE, admit("c", 1_000_000, 0));
    assertEquals(null, admit("c", 1_000_001, 1_000_001));
  }

  @Test
  void clientsNotHeardOfAreForgottenFirst() {
    clients.admit("kept", 1, 1);
    for (int i = 0; i < Clients.MAX_CLIENTS - 1; i++) {
      clients.admit("c" + i, 1, 1);
    }
    assertEquals(ErrorCode.REPEATED, admit("kept", 1, 1));
    clients.admit("another", 1, 1);
    assertEquals(ErrorCode.REPEATED, admit("kept", 1, 1));
    assertEquals(null, admit("c0", 1, 1));
  }

  @Test
  void aNameHasItsLimit() {
    assertEquals(null, admit("x".repeat(128), 1, 1));
    TmemException error =
        assertThrows(TmemException.class, () -> clients.admit("x".repeat(129), 1, 1));
    assertEquals(ErrorCode.MALFORMED_MESSAGE, error.code());
    assertTrue(String.valueOf(error.getMessage()).contains("129"));
  }

  @Test
  void twinOfSetsAndFloors() {
    for (long seed = 0; seed < 100; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      Clients real = new Clients();
      Map<String, Long> floors = new HashMap<>();
      Set<String> seen = new HashSet<>();
      for (int step = 0; step < 500; step++) {
        String client = "c" + random.nextInt(3);
        long floor = step / 20L + random.nextInt(5);
        long sequence = floor + random.nextInt(20) - 3;
        long highest = Math.max(floor, floors.getOrDefault(client, 0L));
        floors.put(client, highest);
        ErrorCode expected =
            sequence < highest
                ? ErrorCode.EXPIRED
                : seen.add(client + "/" + sequence) ? null : ErrorCode.REPEATED;
        ErrorCode actual = null;
        try {
          real.admit(client, sequence, floor);
        } catch (TmemException e) {
          actual = e.code();
        }
        assertEquals(expected, actual, "seed " + seed + ", step " + step);
      }
    }
  }
}
