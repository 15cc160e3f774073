package dev.tmem.cli.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tmem.TmemException;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The frame: passes, latencies, orders, options, and the table of jobs. */
class MeasureTest {

  private static final int COUNT = 10_000;

  private final ByteArrayOutputStream said = new ByteArrayOutputStream();
  private final JobRun run =
      new JobRun(COUNT, 1, new PrintStream(said, true, StandardCharsets.UTF_8));

  @Test
  void bothVisitEveryPositionOnceInEachPass() {
    int[] ours = new int[COUNT];
    int[] beside = new int[COUNT];
    Pairs pairs =
        new Alternation(run, COUNT)
            .rates("x", (from, to) -> count(ours, from, to), (from, to) -> count(beside, from, to));
    assertEquals(Alternation.PAIRS, pairs.count());
    assertEquals(1, pairs.ratio());
    int passes = Alternation.PAIRS + Alternation.WARM_UPS;
    assertTrue(IntStream.of(ours).allMatch(times -> times == passes));
    assertTrue(IntStream.of(beside).allMatch(times -> times == passes));
    List<String> lines = said.toString(StandardCharsets.UTF_8).lines().toList();
    assertEquals(passes, lines.size());
    assertEquals("x: pass 1 of 7, 1.000 of the other", Protocol.PROGRESS.read(lines.getFirst()));
    assertNull(Protocol.ROW.read(lines.getFirst()));
  }

  private static long count(int[] times, int from, int to) {
    for (int i = from; i < to; i++) {
      times[i]++;
    }
    return (long) to - from;
  }

  @Test
  void bucketsAreNarrowAndInOrder() {
    int last = -1;
    for (long nanos = 0; nanos < 1L << 40; nanos += Math.max(1, nanos / 300)) {
      int bucket = Latencies.bucket(nanos);
      assertTrue(bucket >= last, () -> "bucket " + bucket);
      assertEquals((double) nanos, Latencies.middle(bucket), nanos / 64.0 + 0.5);
      last = bucket;
    }
  }

  @Test
  void sharesOfLatenciesAreFound() {
    Latencies latencies = new Latencies();
    for (int i = 1; i <= 1000; i++) {
      latencies.add(i * 1000L);
    }
    assertEquals(1000, latencies.total());
    assertEquals(990, latencies.micros(0.99), 16);
    assertEquals(500, latencies.micros(0.5), 8);
    latencies.clear();
    assertThrows(IllegalStateException.class, () -> latencies.micros(0.5));
  }

  @Test
  void aShuffledOrderHasEveryPageOnce() {
    int[] order = Orders.shuffled(COUNT, 5);
    assertEquals(COUNT, IntStream.of(order).distinct().count());
    assertTrue(IntStream.of(Orders.uniform(COUNT, 7, 5)).allMatch(i -> i >= 0 && i < 7));
  }

  @Test
  void rowsAreNamedAsTheTableNamesThem() {
    assertEquals(
        List.of(
            "store-1",
            "load-1",
            "alloc",
            "scale-2",
            "rss-fill",
            "rss-churn",
            "rss-back",
            "o1",
            "meta",
            "tail",
            "heap",
            "chronicle",
            "mapdb",
            "hashmap"),
        ZramBench.BENCH.jobs().stream().flatMap(job -> job.rows().stream()).toList());
  }

  @Test
  void unknownNamesAreRefused() {
    refused("NAME: zrma is not allowed; zram, dispatch, ", "zrma", Set.of());
    refused("--rows: store is not allowed; alloc, chronicle, ", "zram", Set.of("store"));
    assertEquals(Benches.names().size(), Benches.named(BenchOptions.ALL).size());
  }

  private static void refused(String words, String name, Set<String> rows) {
    TmemException refused =
        assertThrows(TmemException.class, () -> new BenchOptions(name, COUNT, 1, rows));
    assertTrue(String.valueOf(refused.getMessage()).startsWith(words), refused::getMessage);
  }
}
