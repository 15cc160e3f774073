package dev.tmem.cli.torture;

import dev.tmem.CleanCacheOptions;
import dev.tmem.ErrorCode;
import dev.tmem.SharedCleanCache;
import dev.tmem.Tmem;
import dev.tmem.TmemException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * One clean cache that all nodes have open, and several clients on each. Confined to the main
 * thread.
 */
final class SharedWorkload implements Workload {

  /** Bytes of pages that a node keeps: at times less than there are, so that some are dropped. */
  static final long LIMIT_BYTES = 512L << 10;

  private static final UUID CACHE = UUID.fromString("7072f1de-5a3c-4c1b-9d0e-60a1c0ffee00");
  private static final int OBJECTS = 96;

  /** By then those who are at home somewhere have agreed upon it. */
  private static final long OPEN_SECONDS = 180;

  /** Between two attempts: those who are to agree have something else to do. */
  private static final long OPEN_PAUSE_MILLIS = 100;

  private final Findings findings = new Findings();
  private final SplittableRandom random;
  private final SharedCleanCache cache;
  private final SharedCalls calls;
  private final ClientThreads clients = new ClientThreads();

  /**
   * @param ledger the file that all nodes map
   */
  SharedWorkload(Tmem node, long seed, Path ledger) throws IOException {
    this.random = new SplittableRandom(seed);
    this.cache = open(node);
    Ledger truth = Ledger.map(ledger, OBJECTS * SharedCalls.INDEXES);
    this.calls = new SharedCalls(cache, truth, findings);
  }

  private static SharedCleanCache open(Tmem node) {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(OPEN_SECONDS);
    CleanCacheOptions options = new CleanCacheOptions().setPageSize(TorturePage.BYTES);
    while (true) {
      try {
        return node.sharedCleanCache(CACHE, options).await();
      } catch (TmemException notYet) {
        boolean mayCome =
            notYet.code() == ErrorCode.NO_LEASE || notYet.code() == ErrorCode.OUTCOME_UNKNOWN;
        if (!mayCome || System.nanoTime() - end >= 0) {
          throw notYet;
        }
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(OPEN_PAUSE_MILLIS));
      }
    }
  }

  @Override
  public void begin() {
    clients.begin((number, goesOn) -> new SharedClient(calls, random.nextLong(), goesOn));
  }

  @Override
  public void rest() throws InterruptedException {
    clients.rest();
  }

  @Override
  public void verify() {
    for (int object = 0; object < calls.objects(); object++) {
      calls.getAll(object);
      findings.add("verified", SharedCalls.INDEXES);
    }
  }

  @Override
  public void end() {
    cache.close().await();
  }

  @Override
  public Findings findings() {
    return findings;
  }
}
