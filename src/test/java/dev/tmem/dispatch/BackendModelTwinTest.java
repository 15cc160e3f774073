package dev.tmem.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tmem.PageLostException;
import dev.tmem.PageUnavailableException;
import dev.tmem.Protection;
import dev.tmem.TmemFullException;
import dev.tmem.backend.LossDomain;
import dev.tmem.dispatch.TwinBackend.Mood;
import io.vertx.core.Future;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * A million random operations on areas of different tiers, over zram and backends that refuse,
 * delay, fail, hang, forget and lie, are frozen, deregistered and replaced, against an oracle that
 * knows for each page the contents it may now have. A load returns one of these, or says that the
 * page is unavailable, or lost; lost only after a backend has lied, and from then on.
 */
class BackendModelTwinTest {

  private static final int SEEDS = 5;
  private static final int OPERATIONS = 200_000;
  private static final int BETWEEN_RESTS = 20_000;
  private static final int PAGES = 200;
  private static final int PAGE_SIZE = 1024;

  /** A version of a page; its content follows from its number. */
  private static final class Version {
    final long number;

    /** The store that made it; null for a page that was never stored or was invalidated. */
    @Nullable Future<Void> store;

    /** A load has said that it is lost. */
    boolean lost;

    Version(long number) {
      this.number = number;
    }

    boolean isPresent() {
      return store != null && !store.failed();
    }
  }

  /** An area, and the versions of its pages, the oldest first. */
  private static final class Area {
    final PageSpace space;
    final Map<Long, List<Version>> histories = new HashMap<>();

    Area(PageSpace space) {
      this.space = space;
    }

    List<Version> history(long offset) {
      return histories.computeIfAbsent(offset, key -> new ArrayList<>(List.of(new Version(0))));
    }
  }

  private ManualScheduler scheduler = new ManualScheduler();
  private final List<Runnable> checks = new ArrayList<>();
  private final List<TwinBackend> twins = new ArrayList<>();
  private final List<Area> areas = new ArrayList<>();
  private SplittableRandom random = new SplittableRandom();
  private String where = "";
  private long numbers;
  private int guests;
  private boolean lied;

  @Test
  void aMillionOperations() {
    long first = System.nanoTime();
    System.out.println("BackendModelTwinTest seeds " + first + " and the next " + (SEEDS - 1));
    for (long seed = first; seed < first + SEEDS; seed++) {
      run(seed);
    }
  }

  private void run(long seed) {
    random = new SplittableRandom(seed);
    scheduler = new ManualScheduler();
    scheduler.saltsFrom(seed);
    guests = 0;
    numbers = 0;
    twins.clear();
    areas.clear();
    lied = false;
    try (TestNode node = new TestNode(scheduler, 1L << 20)) {
      node.settle(node.dispatcher.register(node.zram));
      register(node, new TwinBackend("peer", 200, LossDomain.PEER, scheduler));
      register(node, new TwinBackend("disk", 300, LossDomain.NODE, scheduler));
      register(node, new TwinBackend("tape", 300, LossDomain.NODE, scheduler));
      open(node, Protection.ANY);
      open(node, Protection.NONE);
      open(node, Protection.REPLICA);
      open(node, Protection.DISK, "zram", "peer", "disk");
      open(node, Protection.ANY, "tape", "zram");
      for (int i = 0; i < OPERATIONS; i++) {
        where = "seed " + seed + ", operation " + i;
        disturb(node);
        Area area = areas.get(random.nextInt(areas.size()));
        if (random.nextInt(60) == 0) {
          operateOnMany(area);
        } else {
          operate(area, random.nextInt(PAGES));
        }
        if (random.nextInt(8) == 0) {
          scheduler.advance(random.nextInt(100) == 0 ? random.nextInt(4_000) : random.nextInt(3));
        }
        if (i % BETWEEN_RESTS == BETWEEN_RESTS - 1) {
          rest(node);
        }
      }
      loadEverything();
      for (Area area : areas) {
        node.settle(node.dispatcher.close(area.space));
      }
      rest(node);
      assertEquals(0, node.zram.usage().usedBytes(), where);
      twins.forEach(twin -> assertEquals(0, twin.size(), where + ", " + twin.name()));
    }
  }

  private void register(TestNode node, TwinBackend twin) {
    twin.delayMillis = () -> random.nextInt(4);
    twins.add(twin);
    node.settle(node.dispatcher.register(twin));
  }

  private void open(TestNode node, Protection protection, String... tiers) {
    SpaceConfig config =
        new SpaceConfig("a" + areas.size(), PAGE_SIZE, true, protection, List.of(tiers));
    Future<PageSpace> opened = node.dispatcher.open(config);
    node.settle(opened);
    areas.add(new Area(opened.result()));
  }

  // ---- What goes wrong

  private void disturb(TestNode node) {
    if (random.nextInt(400) != 0) {
      return;
    }
    TwinBackend twin = twins.get(random.nextInt(twins.size()));
    switch (random.nextInt(12)) {
      case 0 -> setFrozen(node, twin.name(), random.nextBoolean());
      case 1 -> twin.letGo();
      case 2 -> twin.capacity = random.nextBoolean() ? 5_000 : 20;
      case 3 -> replaceGuest(node);
      case 4 -> node.dispatcher.shrink("zram", random.nextInt(100));
      default -> {
        Mood[] moods = Mood.values();
        twin.mood = random.nextBoolean() ? Mood.WELL : moods[random.nextInt(moods.length)];
        lied |=
            switch (twin.mood) {
              case FORGETFUL, DAMAGED, OTHER_PAGE, WRONG_BYTES, WRONG_LENGTH -> true;
              default -> false;
            };
      }
    }
  }

  private void setFrozen(TestNode node, String name, boolean frozen) {
    if (node.dispatcher.backendInfos().stream()
        .anyMatch(info -> info.name().equals(name) && !info.state().equals("draining"))) {
      node.dispatcher.setFrozen(name, frozen);
    }
  }

  /** A backend comes, or the one that came last goes, if the others can take its pages. */
  private void replaceGuest(TestNode node) {
    String name = "guest" + guests;
    if (node.dispatcher.backend(name) == null) {
      guests++;
      TwinBackend guest = new TwinBackend("guest" + guests, 250, LossDomain.NODE, scheduler);
      guest.delayMillis = () -> random.nextInt(4);
      twins.add(guest);
      node.dispatcher.register(guest);
    } else {
      node.dispatcher
          .deregister(name)
          .onSuccess(gone -> twins.removeIf(twin -> twin.name().equals(name)));
    }
  }

  // ---- Operations, and what they may answer

  private void operate(Area area, long offset) {
    List<Version> history = area.history(offset);
    PageSpace space = area.space;
    String here = where;
    switch (random.nextInt(10)) {
      case 0, 1, 2 -> {
        Version version = next(history);
        version.store = space.store(offset, content(version.number));
        checks.add(() -> checkStore(version, here));
      }
      case 3 -> {
        Version version = new Version(++numbers);
        if (space.storeNow(offset, content(version.number))) {
          version.store = Future.succeededFuture();
          history.add(version);
        }
      }
      case 4 -> {
        next(history);
        Future<Void> done = space.invalidate(offset);
        checks.add(() -> assertTrue(done.succeeded(), here));
      }
      case 5 -> {
        Version expected = history.getLast();
        Future<Boolean> contains = space.contains(offset);
        checks.add(() -> assertEquals(expected.isPresent(), contains.result(), here));
      }
      default -> judge(space.load(offset), history, here);
    }
  }

  /** A batch, of pages that are anywhere. */
  private void operateOnMany(Area area) {
    long[] offsets = random.longs(1 + random.nextInt(60), 0, PAGES).distinct().toArray();
    PageSpace space = area.space;
    String here = where;
    switch (random.nextInt(3)) {
      case 0 -> {
        List<Version> versions = nextOfAll(area, offsets);
        List<ByteBuffer> pages = versions.stream().map(each -> content(each.number)).toList();
        List<Future<Void>> stores = space.storeAll(offsets, pages);
        for (int i = 0; i < offsets.length; i++) {
          Version version = versions.get(i);
          version.store = stores.get(i);
          checks.add(() -> checkStore(version, here));
        }
      }
      case 1 -> {
        nextOfAll(area, offsets);
        for (Future<Void> done : space.invalidateAll(offsets)) {
          checks.add(() -> assertTrue(done.succeeded(), here));
        }
      }
      default -> {
        List<Future<@Nullable Loaded>> loads = space.loadAll(offsets);
        for (int i = 0; i < offsets.length; i++) {
          judge(loads.get(i), area.history(offsets[i]), here);
        }
      }
    }
  }

  private List<Version> nextOfAll(Area area, long[] offsets) {
    return Arrays.stream(offsets).mapToObj(offset -> next(area.history(offset))).toList();
  }

  private Version next(List<Version> history) {
    Version version = new Version(++numbers);
    history.add(version);
    return version;
  }

  /** Some compress well, some are one word, some do not compress, some are short. */
  private static ByteBuffer content(long number) {
    SplittableRandom bytes = new SplittableRandom(number);
    int kind = (int) (number & 7);
    byte[] page = new byte[kind == 7 ? 1 + bytes.nextInt(PAGE_SIZE) : PAGE_SIZE];
    if (kind == 6) {
      Arrays.fill(page, (byte) (number >> 3));
    } else if (kind == 5) {
      bytes.nextBytes(page);
    } else {
      byte[] word = Long.toString(number).getBytes(java.nio.charset.StandardCharsets.US_ASCII);
      for (int i = 0; i < page.length; i++) {
        page[i] = word[i % word.length];
      }
    }
    return ByteBuffer.wrap(page);
  }

  private void checkStore(Version version, String here) {
    Future<Void> store = version.store;
    assertTrue(store != null && store.isComplete(), here + ": the store hangs");
    if (store.failed()) {
      assertTrue(store.cause() instanceof TmemFullException, here + ": " + store.cause());
    }
  }

  /** It may return what the page is now, or becomes until it is answered. */
  private void judge(Future<@Nullable Loaded> load, List<Version> history, String here) {
    int from = history.size() - 1;
    int[] to = {history.size()};
    load.onComplete(done -> to[0] = history.size());
    Supplier<List<Version>> allowed = () -> history.subList(from, to[0]);
    checks.add(() -> checkLoad(allowed.get(), load, here));
  }

  private void checkLoad(List<Version> allowed, Future<@Nullable Loaded> load, String here) {
    assertTrue(load.isComplete(), here + ": the load hangs");
    if (load.failed()) {
      boolean isLost = load.cause() instanceof PageLostException;
      assertTrue(
          load.cause() instanceof PageUnavailableException || (isLost && lied),
          here + ": " + load.cause());
      assertTrue(allowed.stream().anyMatch(Version::isPresent), here + ": none to be lost");
      if (allowed.size() == 1) {
        assertTrue(isLost || !allowed.getFirst().lost, here + ": it was lost, and is no more");
        allowed.getFirst().lost |= isLost;
      }
      return;
    }
    Loaded loaded = load.result();
    boolean right = false;
    for (Version version : allowed) {
      right |=
          loaded == null
              ? !version.isPresent()
              : version.isPresent() && !version.lost && same(loaded, version.number);
    }
    assertTrue(right, here + ": not one of " + allowed.size() + ", absent: " + (loaded == null));
  }

  private static boolean same(Loaded loaded, long number) {
    return ByteBuffer.wrap(loaded.bytes(), 0, loaded.length()).equals(content(number));
  }

  // ---- Now and then

  /** Everybody is well, all under way ends; the answers are checked, and everything adds up. */
  private void rest(TestNode node) {
    for (TwinBackend twin : twins) {
      twin.mood = Mood.WELL;
      twin.letGo();
    }
    scheduler.advance(60_000);
    twins.forEach(twin -> setFrozen(node, twin.name(), false));
    scheduler.advance(60_000);
    checks.forEach(Runnable::run);
    checks.clear();
    assertEquals(List.of(), new Audit(node.dispatcher).check(), where);
    for (TwinBackend twin : twins) {
      long named = 0;
      for (var info : node.dispatcher.backendInfos()) {
        named += info.name().equals(twin.name()) ? info.pages() + info.extraCopies() : 0;
      }
      // What it has forgotten may be named until somebody asks for it.
      assertTrue(
          twin.size() <= named && named <= twin.size() + twin.forgotten(),
          where + ": " + twin.name() + " keeps " + twin.size() + " copies, named are " + named);
      assertEquals(0, twin.doubleFrees.get(), where + ": double frees in " + twin.name());
    }
    for (Area area : areas) {
      area.histories.replaceAll((offset, history) -> new ArrayList<>(List.of(history.getLast())));
    }
  }

  /** With everybody well again every page is there, or lost. */
  private void loadEverything() {
    for (Area area : areas) {
      area.histories.forEach((offset, history) -> {
        Future<@Nullable Loaded> load = area.space.load(offset);
        scheduler.until(load::isComplete);
        checkLoad(history, load, where + ", at the end, page " + offset);
        assertTrue(!(load.cause() instanceof PageUnavailableException), where);
      });
    }
  }
}
