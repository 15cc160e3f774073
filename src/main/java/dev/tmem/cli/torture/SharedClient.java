package dev.tmem.cli.torture;

import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;

/** One of several clients that get and change the same pages. Confined to its thread. */
final class SharedClient implements Runnable {

  /** Objects that half of all calls are for. */
  private static final int HOT = 8;

  /** Between two calls: the nodes share a machine with much else. */
  private static final long PAUSE_MICROS = 1_000;

  private static final int LOADER_MILLIS_MAX = 20;

  /** One step in so many drops everything. */
  private static final int RARE = 20_000;

  private final SharedCalls calls;
  private final SplittableRandom random;
  private final BooleanSupplier goesOn;

  SharedClient(SharedCalls calls, long seed, BooleanSupplier goesOn) {
    this.calls = calls;
    this.random = new SplittableRandom(seed);
    this.goesOn = goesOn;
  }

  @Override
  public void run() {
    while (goesOn.getAsBoolean()) {
      step();
      LockSupport.parkNanos(TimeUnit.MICROSECONDS.toNanos(PAUSE_MICROS));
    }
  }

  private void step() {
    int object = random.nextInt(random.nextBoolean() ? HOT : calls.objects());
    int index = random.nextInt(SharedCalls.INDEXES);
    int dice = random.nextInt(100);
    if (random.nextInt(RARE) == 0) {
      calls.invalidateAll();
    } else if (dice < 40) {
      calls.get(object, index);
    } else if (dice < 50) {
      calls.getAll(object);
    } else if (dice < 65) {
      int millis = random.nextInt(4) == 0 ? random.nextInt(LOADER_MILLIS_MAX) : 0;
      calls.getOrLoad(object, index, millis, random.nextInt(32) == 0);
    } else if (dice < 87) {
      calls.put(object, index);
    } else if (dice < 91) {
      calls.putAll(object, IntStream.range(index, SharedCalls.INDEXES).toArray());
    } else if (dice < 98) {
      calls.invalidatePage(object, index);
    } else {
      calls.invalidateObject(object);
    }
  }
}
