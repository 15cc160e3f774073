package dev.tmem.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class MemoryAccountTest {

  @Test
  void pageDataLeavesTheHeadroomToTables() {
    MemoryAccount account = new MemoryAccount(3200);
    assertEquals(3100, account.dataLimit());
    assertTrue(account.tryCharge(3100));
    assertFalse(account.tryCharge(1));
    assertTrue(account.tryChargeTable(100));
    assertFalse(account.tryChargeTable(1));
    assertEquals(3200, account.used());
  }

  @Test
  void headroomIsBounded() {
    MemoryAccount account = new MemoryAccount(1L << 40);
    assertEquals((1L << 40) - MemoryAccount.HEADROOM_MAX_BYTES, account.dataLimit());
  }

  @Test
  void refusalChangesNothing() {
    MemoryAccount account = new MemoryAccount(1000);
    assertFalse(account.tryCharge(Long.MAX_VALUE));
    assertFalse(account.tryChargeTable(Long.MAX_VALUE));
    assertEquals(0, account.used());
    assertEquals(0, account.usedMax());
  }

  @Test
  void loweredLimitRefusesUntilEnoughIsReleased() {
    MemoryAccount account = new MemoryAccount(1000);
    assertTrue(account.tryChargeTable(800));
    account.setLimit(500);
    assertEquals(500, account.limit());
    assertEquals(800, account.used());
    assertFalse(account.tryChargeTable(1));
    account.release(301);
    assertTrue(account.tryChargeTable(1));
    account.setLimit(2000);
    assertTrue(account.tryCharge(1400));
  }

  @Test
  void highWaterMarkStaysUntilReset() {
    MemoryAccount account = new MemoryAccount(1000);
    account.tryChargeTable(700);
    account.release(600);
    assertEquals(700, account.usedMax());
    account.resetUsedMax();
    assertEquals(100, account.usedMax());
    account.tryChargeTable(50);
    assertEquals(150, account.usedMax());
  }

  @Test
  void badArgumentsAreRefusedAndChangeNothing() {
    MemoryAccount account = new MemoryAccount(1000);
    account.tryCharge(10);
    assertThrows(IllegalStateException.class, () -> account.release(11));
    assertThrows(IllegalArgumentException.class, () -> account.release(-1));
    assertThrows(IllegalArgumentException.class, () -> account.tryCharge(-1));
    assertThrows(IllegalArgumentException.class, () -> account.setLimit(-1));
    assertThrows(IllegalArgumentException.class, () -> new MemoryAccount(-1));
    assertEquals(10, account.used());
    assertEquals(1000, account.limit());
  }

  /** Many threads charge and release at the limit: never over it, nothing lost in the end. */
  @Test
  void racingChargesStayWithinTheLimit() throws Exception {
    int threads = 4;
    MemoryAccount account = new MemoryAccount(64);
    AtomicLong granted = new AtomicLong();
    Callable<Long> worker =
        () -> {
          long worst = 0;
          for (int i = 0; i < 50_000; i++) {
            int bytes = 1 + i % 40;
            if (i % 2 == 0 ? account.tryCharge(bytes) : account.tryChargeTable(bytes)) {
              worst = Math.max(worst, granted.addAndGet(bytes));
              granted.addAndGet(-bytes);
              account.release(bytes);
            }
          }
          return worst;
        };
    try (ExecutorService executor = Executors.newFixedThreadPool(threads)) {
      for (Future<Long> worst :
          executor.invokeAll(IntStream.range(0, threads).mapToObj(_ -> worker).toList())) {
        assertTrue(worst.get() <= 64, "granted at once: " + worst.get());
      }
    }
    assertEquals(0, account.used());
    assertTrue(account.usedMax() <= 64);
    assertTrue(account.tryChargeTable(64));
  }
}
