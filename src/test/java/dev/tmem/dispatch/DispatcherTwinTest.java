package dev.tmem.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tmem.PageUnavailableException;
import dev.tmem.Protection;
import dev.tmem.TmemFullException;
import dev.tmem.backend.LossDomain;
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
 * Random operations on the dispatcher, with the real zram and twins of a peer and a disk that wait,
 * refuse and fail, against a plain map of histories. A load may return the version of its call, or
 * one that came while it waited; never an older one, and never another page.
 */
class DispatcherTwinTest {

  /** A version of a page, as the oracle knows it. */
  private static final class Version {
    final byte @Nullable [] content;

    /** The store that made it; null for a page that was never stored or was invalidated. */
    @Nullable Future<Void> store;

    Version(byte @Nullable [] content) {
      this.content = content;
    }

    byte @Nullable [] visible() {
      return store != null && store.failed() ? null : content;
    }
  }

  /** The versions of one page, oldest first. */
  private static final class History {
    final List<Version> versions = new ArrayList<>(List.of(new Version(null)));

    int last() {
      return versions.size() - 1;
    }

    void add(Version version) {
      versions.add(version);
    }
  }

  private static final int PAGES = 400;

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6})
  void everyLoadReturnsWhatTheMapHas(long seed) {
    Random random = new Random(seed);
    ManualScheduler scheduler = new ManualScheduler();
    try (TestNode node = new TestNode(scheduler, 2L << 20)) {
      TwinBackend peer = new TwinBackend("peer", 200, LossDomain.PEER, scheduler);
      TwinBackend disk = new TwinBackend("disk", 300, LossDomain.NODE, scheduler);
      peer.delayMillis = () -> random.nextInt(4);
      disk.delayMillis = () -> random.nextInt(4);
      for (var backend : List.of(disk, node.zram, peer)) {
        node.settle(node.dispatcher.register(backend));
      }
      PageSpace space = node.open("a", List.of(Protection.values()).get((int) (seed % 4)));
      Map<Long, History> oracle = new HashMap<>();
      List<Runnable> checks = new ArrayList<>();
      for (int i = 0; i < 30_000; i++) {
        changeMood(random, peer, disk);
        operate(random, space, oracle, checks, seed + "/" + i);
        if (random.nextInt(8) == 0) {
          scheduler.advance(random.nextInt(3));
        }
        if (i % 3_000 == 2_999) {
          peer.mood = TwinBackend.Mood.WELL;
          disk.mood = TwinBackend.Mood.WELL;
          rest(scheduler, node, checks);
        }
      }
      loadEverything(scheduler, space, oracle);
      node.settle(node.dispatcher.close(space));
      scheduler.advance(60_000);
      assertEquals(0, node.zram.usage().usedBytes(), "zram is empty, seed " + seed);
      assertEquals(0, peer.size(), "the peer is empty, seed " + seed);
      assertEquals(0, disk.size(), "the disk is empty, seed " + seed);
      assertEquals(0, peer.doubleFrees.get() + disk.doubleFrees.get(), "double frees " + seed);
    }
  }

  private static void changeMood(Random random, TwinBackend peer, TwinBackend disk) {
    if (random.nextInt(500) != 0) {
      return;
    }
    peer.mood =
        random.nextBoolean()
            ? TwinBackend.Mood.WELL
            : List.of(TwinBackend.Mood.FAILING, TwinBackend.Mood.THROWING, TwinBackend.Mood.AWAY)
                .get(random.nextInt(3));
    disk.mood = random.nextInt(3) > 0 ? TwinBackend.Mood.WELL : TwinBackend.Mood.FAILING;
    peer.capacity = random.nextBoolean() ? 100 : 20;
    disk.capacity = random.nextBoolean() ? 1000 : 50;
  }

  private static void operate(
      Random random,
      PageSpace space,
      Map<Long, History> oracle,
      List<Runnable> checks,
      String where) {
    if (random.nextInt(16) == 0) {
      operateOnMany(random, space, oracle, checks, where);
      return;
    }
    long offset = random.nextInt(PAGES);
    History history = history(oracle, offset);
    int now = history.last();
    switch (random.nextInt(10)) {
      case 0, 1, 2, 3 -> {
        byte[] page = content(random, offset);
        Version version = new Version(page);
        history.add(version);
        version.store = space.store(offset, ByteBuffer.wrap(page));
        checks.add(() -> checkStore(version, where));
      }
      case 4 -> {
        byte[] page = content(random, offset);
        if (space.storeNow(offset, ByteBuffer.wrap(page))) {
          Version version = new Version(page);
          version.store = Future.succeededFuture();
          history.add(version);
        }
      }
      case 5 -> {
        history.add(new Version(null));
        Future<Void> done = space.invalidate(offset);
        checks.add(() -> assertTrue(done.succeeded(), where));
      }
      case 6 -> {
        Version expected = history.versions.get(now);
        Future<Boolean> contains = space.contains(offset);
        checks.add(() -> assertEquals(expected.visible() != null, contains.result(), where));
      }
      default -> {
        Future<@Nullable Loaded> load = space.load(offset);
        int[] end = {now};
        load.onComplete(done -> end[0] = history.last());
        checks.add(() -> checkLoad(history.versions.subList(now, end[0] + 1), load, where));
      }
    }
  }

  private static History history(Map<Long, History> oracle, long offset) {
    return oracle.computeIfAbsent(offset, key -> new History());
  }

  private static byte[] content(Random random, long offset) {
    int length = random.nextInt(4) == 0 ? 1 + random.nextInt(4096) : 4096;
    return Pages.of(1, offset, random.nextInt(1 << 20), length);
  }

  /** A batch, in which a page may come more than once. */
  private static void operateOnMany(
      Random random,
      PageSpace space,
      Map<Long, History> oracle,
      List<Runnable> checks,
      String where) {
    long[] offsets = random.longs(1 + random.nextInt(40), 0, PAGES).toArray();
    List<History> histories = Arrays.stream(offsets).mapToObj(o -> history(oracle, o)).toList();
    switch (random.nextInt(4)) {
      case 0, 1 -> {
        List<ByteBuffer> pages = new ArrayList<>();
        List<Version> versions = new ArrayList<>();
        for (int i = 0; i < offsets.length; i++) {
          byte[] page = content(random, offsets[i]);
          pages.add(ByteBuffer.wrap(page));
          Version version = new Version(page);
          versions.add(version);
          histories.get(i).add(version);
        }
        List<Future<Void>> stores = space.storeAll(offsets, pages);
        for (int i = 0; i < offsets.length; i++) {
          Version version = versions.get(i);
          version.store = stores.get(i);
          checks.add(() -> checkStore(version, where));
        }
      }
      case 2 -> {
        histories.forEach(history -> history.add(new Version(null)));
        List<Future<Void>> done = space.invalidateAll(offsets);
        checks.add(() -> done.forEach(one -> assertTrue(one.succeeded(), where)));
      }
      default -> {
        int[] now = histories.stream().mapToInt(History::last).toArray();
        List<Future<@Nullable Loaded>> loads = space.loadAll(offsets);
        for (int i = 0; i < offsets.length; i++) {
          History history = histories.get(i);
          int from = now[i];
          int[] end = {from};
          Future<@Nullable Loaded> load = loads.get(i);
          load.onComplete(done -> end[0] = history.last());
          checks.add(() -> checkLoad(history.versions.subList(from, end[0] + 1), load, where));
        }
      }
    }
  }

  private static void checkStore(Version version, String where) {
    Future<Void> store = version.store;
    assertTrue(store != null && store.isComplete(), where);
    if (store.failed()) {
      assertTrue(store.cause() instanceof TmemFullException, where + " " + store.cause());
    }
  }

  private static void checkLoad(
      List<Version> allowed, Future<@Nullable Loaded> load, String where) {
    assertTrue(load.isComplete(), where + ": the load hangs");
    if (load.failed()) {
      assertTrue(load.cause() instanceof PageUnavailableException, where + ": " + load.cause());
      assertTrue(allowed.stream().anyMatch(version -> version.visible() != null), where);
      return;
    }
    Loaded loaded = load.result();
    byte[] found = loaded == null ? null : Arrays.copyOf(loaded.bytes(), loaded.length());
    boolean right =
        allowed.stream()
            .anyMatch(version ->
                found == null
                    ? version.visible() == null
                    : Arrays.equals(found, version.visible()));
    assertTrue(
        right,
        where + ": not one of the " + allowed.size() + " versions, absent: " + (found == null));
  }

  /** Everything under way ends; then all answers are checked, and the counters add up. */
  private static void rest(ManualScheduler scheduler, TestNode node, List<Runnable> checks) {
    scheduler.advance(60_000);
    checks.forEach(Runnable::run);
    checks.clear();
    assertEquals(List.of(), new Audit(node.dispatcher).check());
  }

  private static void loadEverything(
      ManualScheduler scheduler, PageSpace space, Map<Long, History> oracle) {
    for (Map.Entry<Long, History> entry : oracle.entrySet()) {
      Future<@Nullable Loaded> load = space.load(entry.getKey());
      scheduler.until(load::isComplete);
      List<Version> versions = entry.getValue().versions;
      checkLoad(
          versions.subList(versions.size() - 1, versions.size()),
          load,
          "at the end, page " + entry.getKey());
      assertTrue(load.succeeded(), "at the end everything is there: " + load.cause());
    }
  }
}
