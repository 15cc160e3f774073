package dev.tmem.cli.bench;

import dev.tmem.memory.MemoryAccount;
import dev.tmem.memory.RegionPool;
import dev.tmem.zram.ZramBackend;
import java.nio.ByteBuffer;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** Places in the pool being taken and given back, in spans that others lie in. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class PlacesBenchmark {

  private static final int OBJECTS = 200_000;
  private static final int LENGTHS = 1 << 14;
  private static final int LONGEST = 2990;

  private final MemoryAccount account = new MemoryAccount(1L << 40);
  private final RegionPool regions = new RegionPool(account);
  private final ZramBackend zram = new ZramBackend(regions, account);
  private final ByteBuffer bytes = ByteBuffer.allocateDirect(LONGEST);
  private final long[] handles = new long[OBJECTS];
  private final int[] lengths = new int[LENGTHS];
  private final SplittableRandom random = new SplittableRandom(1);
  private int next;

  /** For JMH. */
  public PlacesBenchmark() {}

  /** Fills the pool with objects of all sizes. */
  @Setup(Level.Trial)
  public void fill() {
    for (int i = 0; i < LENGTHS; i++) {
      lengths[i] = random.nextInt(1, LONGEST + 1);
    }
    for (int i = 0; i < OBJECTS; i++) {
      handles[i] = zram.put(bytes, 0, lengths[i & (LENGTHS - 1)]);
    }
  }

  /** Gives all memory back. */
  @TearDown(Level.Trial)
  public void close() {
    zram.close().await();
    regions.close();
  }

  /** Puts a short object in place of one of any size, so that copying hardly counts. */
  @Benchmark
  public long replaceShort() {
    return replace(16);
  }

  /** Puts an object of any size in place of another. */
  @Benchmark
  public long replaceAny() {
    next = (next + 1) & (LENGTHS - 1);
    return replace(lengths[next]);
  }

  private long replace(int length) {
    int victim = random.nextInt(OBJECTS);
    zram.free(handles[victim]);
    handles[victim] = zram.put(bytes, 0, length);
    return handles[victim];
  }
}
