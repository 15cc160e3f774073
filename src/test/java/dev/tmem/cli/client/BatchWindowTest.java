package dev.tmem.cli.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class BatchWindowTest {

  @Test
  void soManyRunAtOnceAndNoMore() throws IOException {
    AtomicInteger running = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    CountDownLatch three = new CountDownLatch(3);
    try (BatchWindow window = new BatchWindow(3)) {
      for (int i = 0; i < 30; i++) {
        window.submit(() -> {
          most.accumulateAndGet(running.incrementAndGet(), Math::max);
          three.countDown();
          await(three);
          running.decrementAndGet();
        });
      }
      window.finish();
      assertEquals(0, running.get());
    }
    assertEquals(3, most.get());
  }

  private static void await(CountDownLatch latch) throws IOException {
    try {
      latch.await();
    } catch (InterruptedException interrupted) {
      throw new IOException(interrupted);
    }
  }

  @Test
  void theFirstFailureEndsIt() {
    AtomicInteger runs = new AtomicInteger();
    try (BatchWindow window = new BatchWindow(1)) {
      IOException failure =
          assertThrows(
              IOException.class,
              () -> {
                for (int i = 0; i < 100; i++) {
                  window.submit(() -> {
                    runs.incrementAndGet();
                    throw new IOException("broken");
                  });
                }
              });
      assertEquals("broken", failure.getMessage());
      assertThrows(IOException.class, window::finish);
    }
    assertTrue(runs.get() <= 2, "ran " + runs);
  }

  @Test
  void uncheckedFailuresAreToldAsWell() throws IOException {
    try (BatchWindow window = new BatchWindow()) {
      window.submit(() -> {
        throw new IllegalStateException("odd");
      });
      assertThrows(IllegalStateException.class, window::finish);
    }
  }
}
