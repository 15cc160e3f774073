package dev.tmem.dispatch;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tmem.Incompressible;
import dev.tmem.Protection;
import dev.tmem.backend.LossDomain;
import dev.tmem.zram.SizeClassStats;
import io.vertx.core.Future;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Random stores, loads and invalidates with every kind of upkeep between them, under changing
 * rules, against a plain map. After each step the counters are held against the page tables, and
 * the objects and free places of the allocator against its spans.
 */
class UpkeepTwinTest {

  private static final int PAGES = 200;
  private static final int STEPS = 4_000;

  private final ManualScheduler scheduler = new ManualScheduler();
  private final Map<Long, byte[]> oracle = new HashMap<>();

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void everyPageIsWhatTheMapHas(long seed) {
    Random random = new Random(seed);
    try (TestNode node = new TestNode(scheduler, 1L << 20)) {
      TwinBackend disk = new TwinBackend("disk", 300, LossDomain.NODE, scheduler);
      node.settle(node.dispatcher.register(node.zram));
      node.settle(node.dispatcher.register(disk));
      PageSpace space = node.open("a", Protection.ANY);
      if (seed % 2 == 0) {
        node.dispatcher.upkeep().start();
      }
      for (int i = 0; i < STEPS; i++) {
        String where = "seed " + seed + " step " + i;
        operate(random, node, space, where);
        audit(node, where);
      }
      for (long offset = 0; offset < PAGES; offset++) {
        assertPage(space, offset, "seed " + seed + " at the end");
      }
      node.dispatcher.upkeep().stop();
      await(node.dispatcher.close(space));
      scheduler.advance(60_000);
      assertEquals(0, node.zram.usage().usedBytes(), "seed " + seed);
      assertEquals(0, disk.size(), "seed " + seed);
      node.zram.close();
      assertEquals(0, node.memory.used(), "seed " + seed);
    }
  }

  private void operate(Random random, TestNode node, PageSpace space, String where) {
    long offset = random.nextInt(PAGES);
    Upkeep upkeep = node.dispatcher.upkeep();
    switch (random.nextInt(24)) {
      case 0, 1, 2, 3, 4, 5, 6, 7, 8 -> {
        byte[] page = page(random);
        await(space.store(offset, ByteBuffer.wrap(page)));
        oracle.put(offset, page);
      }
      case 9, 10, 11, 12, 13, 14 -> assertPage(space, offset, where);
      case 15, 16 -> {
        await(space.invalidate(offset));
        oracle.remove(offset);
      }
      case 17 ->
          await(upkeep.markIdle(random.nextBoolean() ? space : null, random.nextInt(3) * 15L));
      case 18 -> await(upkeep.recompress(Upkeep.Target.IDLE, null));
      case 19 -> await(upkeep.recompress(Upkeep.Target.HUGE, space));
      case 20 -> await(upkeep.compact("zram"));
      case 21 -> await(node.dispatcher.shrink("zram", random.nextInt(PAGES)));
      case 22 ->
          upkeep.setPolicy(
              random.nextInt(4) == 0 ? -1 : 30 + random.nextInt(70),
              random.nextInt(4) == 0 ? Incompressible.FORWARD : Incompressible.KEEP);
      default -> scheduler.advance(random.nextInt(40_000));
    }
  }

  private static byte[] page(Random random) {
    int length = random.nextInt(3) == 0 ? 1 + random.nextInt(4096) : 4096;
    return switch (random.nextInt(5)) {
      case 0 -> HardPages.noise(random.nextLong(), length);
      case 1 -> HardPages.text(random.nextLong(), length);
      case 2 -> new byte[length];
      default -> {
        byte[] page = HardPages.text(random.nextLong(), length);
        int noise = random.nextInt(length);
        System.arraycopy(HardPages.noise(random.nextLong(), noise), 0, page, 0, noise);
        yield page;
      }
    };
  }

  private void assertPage(PageSpace space, long offset, String where) {
    Loaded loaded = this.<@Nullable Loaded>await(space.load(offset));
    byte[] found = loaded == null ? null : Arrays.copyOf(loaded.bytes(), loaded.length());
    assertArrayEquals(oracle.get(offset), found, where + " page " + offset);
  }

  private void audit(TestNode node, String where) {
    List<String> problems = new ArrayList<>(new Audit(node.dispatcher).check());
    assertEquals(List.of(), problems, where);
    long held = 0;
    long payload = 0;
    for (SizeClassStats stats : node.zram.classStats()) {
      long places = stats.spans() * stats.objectsPerSpan();
      assertEquals(places, stats.objects() + stats.freePlaces(), where);
      assertEquals(stats.spanBytes(), stats.payloadBytes() + stats.wastedBytes(), where);
      assertTrue(stats.paddingBytes() >= 0, where);
      held += stats.spanBytes();
      payload += stats.payloadBytes();
    }
    assertEquals(held, node.zram.usage().heldBytes(), where);
    assertEquals(payload, node.zram.counters().get("compr_data_size"), where);
    assertEquals(held + node.regions.tableBytes(), node.memory.used(), where);
  }

  private <T extends @Nullable Object> T await(Future<? extends T> future) {
    scheduler.until(future::isComplete);
    if (future.cause() instanceof RuntimeException error) {
      throw error;
    }
    return future.result();
  }
}
