package dev.tmem.cli.torture;

import dev.tmem.Protection;
import dev.tmem.RamShare;
import dev.tmem.SwapArea;
import dev.tmem.SwapAreaOptions;
import dev.tmem.Tmem;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Swap areas with different protections, and several clients. Confined to the main thread. */
final class SwapWorkload implements Workload {

  /**
   * What each area may have in RAM, in bytes: less than its pages need, so that they are on the
   * move, and so little that there is room for those of others.
   */
  private static final long CAP = 2L << 20;

  /** Pages of the areas, by their protection. */
  private static final Map<Protection, Integer> PAGES =
      Map.of(Protection.ANY, 6_000, Protection.DISK, 3_000, Protection.REPLICA, 2_000);

  /** How long a page that cannot be had is asked for again, in the end. */
  private static final long VERIFY_SECONDS = 90;

  private static final long AGAIN_MILLIS = 50;

  private final Findings findings = new Findings();
  private final List<Calls> areas = new ArrayList<>();
  private final SplittableRandom random;
  private final ClientThreads clients = new ClientThreads();

  SwapWorkload(Tmem node, long seed) {
    this.random = new SplittableRandom(seed);
    PAGES.forEach((protection, pages) -> {
      String name = protection.name().toLowerCase(Locale.ROOT);
      SwapAreaOptions options =
          new SwapAreaOptions().setProtection(protection).setRamCap(RamShare.bytes(CAP));
      SwapArea area = node.swapOn(name, options).await();
      areas.add(new Calls(area, new AreaOracle(name, random.nextLong(), pages), findings));
    });
  }

  @Override
  public void begin() {
    clients.begin((number, goesOn) ->
        new Client(areas, number, ClientThreads.COUNT, random.nextLong(), goesOn));
  }

  @Override
  public void rest() throws InterruptedException {
    clients.rest();
  }

  @Override
  public void verify() {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(VERIFY_SECONDS);
    for (Calls area : areas) {
      for (int offset = 0; offset < area.oracle().pages(); offset++) {
        boolean known = area.verify(offset);
        while (!known && System.nanoTime() - end < 0) {
          LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(AGAIN_MILLIS));
          known = area.verify(offset);
        }
        findings.one("verified");
        if (!known) {
          findings.add(Verdict.LOST, "for want of an answer: " + area.oracle().where(offset));
        }
      }
    }
  }

  @Override
  public void end() {
    // areas end with their node
  }

  @Override
  public Findings findings() {
    return findings;
  }
}
