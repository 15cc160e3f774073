package dev.tmem.dispatch;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A lock that is held for a microsecond or two, by one of few threads, and whose release is a plain
 * store: the processor need not wait until the zpage that was just copied has left it. Waiters look
 * again by themselves, since nobody wakes them: first at once, then after ever longer pauses.
 *
 * <p>Not fair, not reentrant, without conditions. Thread-safe: {@code owner}, by {@link #OWNER}
 * only. Not final only for a test that counts.
 */
class StripeLock implements Lock {

  private static final int SPINS = 200;
  private static final long FIRST_PAUSE_NANOS = 1_000;
  private static final long LONGEST_PAUSE_NANOS = 200_000;

  private static final VarHandle OWNER;

  static {
    try {
      OWNER = MethodHandles.lookup().findVarHandle(StripeLock.class, "owner", Thread.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  @SuppressWarnings("unused")
  private @Nullable Thread owner;

  @Override
  public void lock() {
    if (!OWNER.compareAndSet(this, null, Thread.currentThread())) {
      lockSlowly();
    }
  }

  private void lockSlowly() {
    Thread self = Thread.currentThread();
    if (self.equals(OWNER.getOpaque(this))) {
      throw new IllegalStateException("the stripe is locked by this thread already");
    }
    long pauseNanos = FIRST_PAUSE_NANOS;
    int spins = 0;
    while (!tryLock()) {
      if (spins < SPINS) {
        spins++;
        Thread.onSpinWait();
      } else {
        LockSupport.parkNanos(this, pauseNanos);
        pauseNanos = Math.min(2 * pauseNanos, LONGEST_PAUSE_NANOS);
      }
    }
  }

  @Override
  public boolean tryLock() {
    return OWNER.getOpaque(this) == null && OWNER.compareAndSet(this, null, Thread.currentThread());
  }

  @Override
  public void unlock() {
    OWNER.setRelease(this, null);
  }

  @Override
  public void lockInterruptibly() {
    throw new UnsupportedOperationException();
  }

  @Override
  public boolean tryLock(long time, TimeUnit unit) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Condition newCondition() {
    throw new UnsupportedOperationException();
  }
}
