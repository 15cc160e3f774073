package dev.tmem.swapfile;

import dev.tmem.Until;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** Puts faults between the backend and its file; each is switched on and off by a test. */
final class FaultyIo implements FileIo {

  final AtomicLong writes = new AtomicLong();

  /** Writes that still succeed before one fails; negative: none fails. */
  final AtomicLong writesUntilFailure = new AtomicLong(-1);

  volatile boolean failWrites;
  volatile boolean failReads;
  volatile boolean failForce;

  /** While it is there, writes wait for it. */
  volatile @Nullable CountDownLatch hold;

  /** Bytes that one call moves at most. */
  volatile int mostBytes = Integer.MAX_VALUE;

  private final FileIo file;

  FaultyIo(FileIo file) {
    this.file = file;
  }

  @Override
  public int write(ByteBuffer from, long position) throws IOException {
    writes.incrementAndGet();
    CountDownLatch latch = hold;
    if (latch != null) {
      awaitRelease(latch);
    }
    boolean last = writesUntilFailure.get() >= 0 && writesUntilFailure.getAndDecrement() == 0;
    if (failWrites || last) {
      // Part of it reaches the disk, as with a real one.
      limited(from, from.remaining() / 2, () -> file.write(from, position));
      throw new IOException("injected: write failed");
    }
    return limited(from, mostBytes, () -> file.write(from, position));
  }

  @Override
  public int read(ByteBuffer into, long position) throws IOException {
    if (failReads) {
      throw new IOException("injected: read failed");
    }
    return limited(into, mostBytes, () -> file.read(into, position));
  }

  @Override
  public boolean readNow(ByteBuffer into, long position) {
    return !failReads && mostBytes == Integer.MAX_VALUE && file.readNow(into, position);
  }

  @Override
  public void force() throws IOException {
    if (failForce) {
      throw new IOException("injected: force failed");
    }
    file.force();
  }

  private static void awaitRelease(CountDownLatch latch) {
    try {
      if (!latch.await(Until.SECONDS, TimeUnit.SECONDS)) {
        throw new AssertionError("held for too long");
      }
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private interface Call {
    int run() throws IOException;
  }

  private static int limited(ByteBuffer buffer, int most, Call call) throws IOException {
    int limit = buffer.limit();
    if (buffer.remaining() > most) {
      buffer.limit(buffer.position() + most);
    }
    try {
      return call.run();
    } finally {
      buffer.limit(limit);
    }
  }
}
