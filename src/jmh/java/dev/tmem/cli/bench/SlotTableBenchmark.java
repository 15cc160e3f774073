package dev.tmem.cli.bench;

import dev.tmem.memory.BlockPool;
import dev.tmem.memory.MemoryAccount;
import dev.tmem.memory.RegionPool;
import dev.tmem.memory.SlotTable;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** Looking slots up in one table, of dense keys and of sparse ones. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class SlotTableBenchmark {

  /** Keys have 48 bits. */
  private static final long KEYS = 1L << 48;

  private static final int ORDER = 1 << 16;

  /** Slots in the table. */
  @Param({"4000", "1000000"})
  public int slots;

  /** Whether keys are random, or 0 upward. */
  @Param({"false", "true"})
  public boolean sparse;

  private final RegionPool regions = new RegionPool(new MemoryAccount(1L << 40));
  private final BlockPool blocks = new BlockPool(regions);
  private final SlotTable table = new SlotTable(blocks);
  private final long[] keys = new long[ORDER];
  private int next;

  /** For JMH. */
  public SlotTableBenchmark() {}

  /** Fills the table. */
  @Setup(Level.Trial)
  public void fill() {
    SplittableRandom random = new SplittableRandom(1);
    long[] all = new long[slots];
    for (int i = 0; i < slots; i++) {
      all[i] = sparse ? random.nextLong(KEYS) : i;
      if (table.find(all[i]) < 0) {
        table.insert(all[i]);
      }
    }
    for (int i = 0; i < ORDER; i++) {
      keys[i] = all[random.nextInt(slots)];
    }
  }

  /** Gives all memory back. */
  @TearDown(Level.Trial)
  public void close() {
    table.close();
    regions.close();
  }

  /** A key that is there. */
  @Benchmark
  public long find() {
    next = (next + 1) & (ORDER - 1);
    return table.word(table.find(keys[next]));
  }

  /** A key that is not there. */
  @Benchmark
  public long findAbsent() {
    next = (next + 1) & (ORDER - 1);
    return table.find(keys[next] + KEYS);
  }
}
