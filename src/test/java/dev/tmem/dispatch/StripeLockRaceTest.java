package dev.tmem.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tmem.Until;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/** One at a time, each after all that the one before did. */
class StripeLockRaceTest {

  private static final int ROUNDS = 200_000;

  private final StripeLock lock = new StripeLock();

  /** Guarded by the lock, and neither volatile nor atomic. */
  private long first;

  private long second;

  private void count() {
    for (int i = 0; i < ROUNDS; i++) {
      lock.lock();
      try {
        assertEquals(first, second);
        first++;
        second = first;
      } finally {
        lock.unlock();
      }
    }
  }

  private void raced(Thread.Builder builder, int threads) throws InterruptedException {
    List<Throwable> failures = new ArrayList<>();
    List<Thread> started = new ArrayList<>();
    for (int i = 0; i < threads; i++) {
      started.add(
          builder.start(() -> {
            try {
              count();
            } catch (Throwable failure) {
              synchronized (failures) {
                failures.add(failure);
              }
            }
          }));
    }
    for (Thread thread : started) {
      thread.join();
    }
    assertEquals(List.of(), failures);
    assertEquals((long) threads * ROUNDS, first);
    assertEquals(first, second);
  }

  @Test
  void platformThreads() throws InterruptedException {
    raced(Thread.ofPlatform(), 4);
  }

  @Test
  void moreVirtualThreadsThanProcessors() throws InterruptedException {
    raced(Thread.ofVirtual(), 8);
  }

  @Test
  void itIsNotReentrantAndSaysSo() {
    lock.lock();
    try {
      assertThrows(IllegalStateException.class, lock::lock);
      assertFalse(lock.tryLock());
    } finally {
      lock.unlock();
    }
    assertTrue(lock.tryLock());
    lock.unlock();
  }

  @Test
  void whoWaitsLongGetsItAllTheSame() throws InterruptedException {
    CountDownLatch held = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    Thread holder =
        Thread.ofPlatform()
            .start(() -> {
              lock.lock();
              try {
                held.countDown();
                release.await();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              } finally {
                lock.unlock();
              }
            });
    held.await();
    Thread waiter =
        Thread.ofPlatform()
            .start(() -> {
              lock.lock();
              try {
                first++;
              } finally {
                lock.unlock();
              }
            });
    Until.until(() -> waiter.getState() == Thread.State.TIMED_WAITING, "it waits");
    release.countDown();
    waiter.join();
    holder.join();
    assertEquals(1, first);
  }
}
