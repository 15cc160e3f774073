package dev.tmem.cli.torture;

import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;

/**
 * One of several clients of the same areas: changes pages of its own, so that what they hold is
 * known, and loads everybody's. Confined to its thread.
 */
final class Client implements Runnable {

  /** Pages of a batch. */
  private static final int BATCH = 16;

  /** Between two calls: the nodes share a machine with much else. */
  private static final long PAUSE_MICROS = 1_000;

  private final List<Calls> areas;
  private final int number;
  private final int clients;
  private final SplittableRandom random;
  private final BooleanSupplier goesOn;

  /**
   * @param number of this client, from 0
   * @param clients how many there are
   */
  Client(List<Calls> areas, int number, int clients, long seed, BooleanSupplier goesOn) {
    this.areas = areas;
    this.number = number;
    this.clients = clients;
    this.random = new SplittableRandom(seed);
    this.goesOn = goesOn;
  }

  @Override
  public void run() {
    while (goesOn.getAsBoolean()) {
      step(areas.get(random.nextInt(areas.size())));
      LockSupport.parkNanos(TimeUnit.MICROSECONDS.toNanos(PAUSE_MICROS));
    }
  }

  private void step(Calls area) {
    int dice = random.nextInt(100);
    if (dice < 35) {
      area.store(own(area));
    } else if (dice < 40) {
      area.storeAll(ownRow(area));
    } else if (dice < 50) {
      area.invalidate(own(area));
    } else if (dice < 95) {
      area.load(random.nextInt(area.oracle().pages()));
    } else {
      area.loadAll(random.ints(0, area.oracle().pages()).distinct().limit(BATCH).toArray());
    }
  }

  /** A page of its own. */
  private int own(Calls area) {
    int mine = area.oracle().pages() / clients;
    return random.nextInt(mine) * clients + number;
  }

  /** Some pages of its own, one after the other. */
  private int[] ownRow(Calls area) {
    int mine = area.oracle().pages() / clients;
    int first = random.nextInt(mine - BATCH);
    return IntStream.range(first, first + BATCH).map(i -> i * clients + number).toArray();
  }
}
