package dev.tmem.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.tmem.CleanCache;
import dev.tmem.CleanCacheOptions;
import dev.tmem.FreedPages;
import dev.tmem.Listening;
import dev.tmem.ObjectKey;
import dev.tmem.PageFault;
import dev.tmem.PageLostException;
import dev.tmem.SwapAreaOptions;
import dev.tmem.TmemEvent;
import dev.tmem.backend.BackendHost;
import dev.tmem.cleancache.CleanCaches;
import dev.tmem.cleancache.shared.Founder;
import dev.tmem.cleancache.shared.SharedSettings;
import dev.tmem.cleancache.shared.protocol.Timing;
import dev.tmem.frontswap.SwapAreas;
import dev.tmem.ramster.Transport;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What happens is told to all who listen, once, in order, and never with a lock held. */
class EventsTest extends DispatchFixture {

  private static final SharedSettings ALONE =
      new SharedSettings("n1", new UUID(1, 2), "n1", 1L << 20, true, Timing.DEFAULT);

  private final SwapAreas areas = new SwapAreas(node.dispatcher, 10);
  private final CleanCaches caches = new CleanCaches(node.dispatcher, 10);
  private final List<String> heard = new ArrayList<>();
  private final List<String> locked = new ArrayList<>();
  private final Set<Class<?>> kinds = new HashSet<>();

  @BeforeEach
  void listen() {
    node.dispatcher.notifier().listen(this::hear);
  }

  private void hear(TmemEvent event) {
    heard.add(event.type());
    kinds.add(event.getClass());
    if (LocksHeld.any(node.dispatcher)) {
      locked.add(event.type() + " with " + LocksHeld.held());
    }
  }

  /** Every event there is. */
  private static Set<Class<?>> allKinds() {
    return Set.of(TmemEvent.class.getPermittedSubclasses());
  }

  @Test
  void noLockIsHeldWhileAnyOfThemIsTold() {
    register(node.zram, peer, disk);
    await(areas.swapOn("a", new SwapAreaOptions().setFreeEvents(true)));
    PageSpace space = node.dispatcher.spaces().get(0);
    store(space, 1, 1);
    store(space, 2, 1);
    demoteAll();
    peer.mood = TwinBackend.Mood.FORGETFUL;
    disk.mood = TwinBackend.Mood.FORGETFUL;
    assertThrows(PageLostException.class, () -> load(space, 1));
    for (TwinBackend twin : List.of(peer, disk)) {
      twin.mood = TwinBackend.Mood.WELL;
      BackendHost host = twin.host;
      assertNotNull(host);
      await(host.copiesGone(handle -> true, "all is gone"));
    }
    await(areas.reset("a", true));
    await(areas.swapOn("a", new SwapAreaOptions()));
    await(areas.swapOff("a"));
    CleanCache cache = await(caches.open("c", new CleanCacheOptions()));
    await(cache.put(ObjectKey.of(1), 1, Buffer.buffer("a page")));
    await(cache.close());
    await(caches.shared().start(ALONE, new Nowhere(), Founder.alone()));
    scheduler.until(() -> caches.shared().view() != null);
    scheduler.advance(1_000);
    await(caches.shared().close());
    await(node.dispatcher.deregister("peer"));
    assertEquals(List.of(), locked, "told with a lock held");
    assertEquals(allKinds(), kinds, "what is told");
    heard.removeIf(type -> type.equals("shared-view"));
    assertEquals(
        List.of(
            "backend-registered",
            "backend-registered",
            "backend-registered",
            "area-opened",
            "page-lost",
            "page-lost",
            "pages-freed",
            "area-closed",
            "area-opened",
            "area-closed",
            "cache-opened",
            "cache-closed",
            "backend-state",
            "backend-gone"),
        heard);
    assertEquals(2, node.dispatcher.notifier().counts().get("page-lost"));
  }

  @Test
  void eachOfManyListenersHearsItOnceUntilItIsClosed() {
    List<String> second = new ArrayList<>();
    Listening broken =
        node.dispatcher
            .notifier()
            .listen(event -> {
              throw new IllegalStateException("this listener is broken");
            });
    Listening listening = node.dispatcher.notifier().listen(event -> second.add(event.type()));
    await(areas.swapOn("a", new SwapAreaOptions()));
    listening.close();
    listening.close();
    await(areas.swapOff("a"));
    broken.close();
    assertEquals(List.of("area-opened", "area-closed"), heard);
    assertEquals(List.of("area-opened"), second);
  }

  @Test
  void aCacheIsToldOnceHoweverManyHoldIt() {
    List<TmemEvent> told = new ArrayList<>();
    node.dispatcher.notifier().listen(told::add);
    register(node.zram);
    CleanCache first = await(caches.open("c", new CleanCacheOptions()));
    CleanCache second = await(caches.open("c", new CleanCacheOptions()));
    int number = await(caches.find("c")).number();
    await(first.put(ObjectKey.of(1), 1, Buffer.buffer("a page")));
    await(first.close());
    assertEquals(new TmemEvent.CacheOpened("c", number), told.getLast());
    await(second.close());
    assertEquals(new TmemEvent.CacheClosed("c", number, 1), told.getLast());
    await(caches.open("c", new CleanCacheOptions()));
    int next = await(caches.find("c")).number();
    assertNotEquals(number, next);
    await(caches.end("c"));
    assertEquals(
        List.of(
            new TmemEvent.BackendRegistered("zram"),
            new TmemEvent.CacheOpened("c", number),
            new TmemEvent.CacheClosed("c", number, 1),
            new TmemEvent.CacheOpened("c", next),
            new TmemEvent.CacheClosed("c", next, 0)),
        told);
  }

  @Test
  void everyEventSurvivesTheWayOverTheBus() throws ReflectiveOperationException {
    for (Class<?> kind : allKinds()) {
      TmemEvent event = sample(kind);
      TmemEvent read = TmemEvent.fromJson(new JsonObject(event.toJson().encode()));
      assertNotNull(read, event.type() + " is not known");
      assertEquals(kind, read.getClass());
      assertEquals(event.toJson(), read.toJson());
      for (RecordComponent component : kind.getRecordComponents()) {
        Object sent = component.getAccessor().invoke(event);
        Object come = component.getAccessor().invoke(read);
        assertEquals(plain(sent), plain(come), kind.getSimpleName() + "." + component.getName());
      }
    }
  }

  /** An event of that kind, no two numbers or words of which are alike. */
  private static TmemEvent sample(Class<?> kind) throws ReflectiveOperationException {
    RecordComponent[] components = kind.getRecordComponents();
    Class<?>[] types = new Class<?>[components.length];
    Object[] values = new Object[components.length];
    for (int i = 0; i < components.length; i++) {
      types[i] = components[i].getType();
      values[i] = value(components[i], i);
    }
    return (TmemEvent) kind.getDeclaredConstructor(types).newInstance(values);
  }

  private static Object value(RecordComponent component, int place) {
    Class<?> type = component.getType();
    if (type == String.class) {
      return "any " + component.getName();
    } else if (type == int.class) {
      return 7 + place;
    } else if (type == long.class) {
      return (1L << 40) + place;
    } else if (type == boolean.class) {
      return true;
    } else if (type == PageFault.class) {
      return new PageFault("a", 3, "disk", "it burned");
    } else if (type == FreedPages.class) {
      return new FreedPages("a", 7, new long[] {1, 1L << 47}, new long[] {5, 6}, 3);
    }
    throw new AssertionError("no sample of " + component);
  }

  private static Object plain(Object value) {
    return value instanceof FreedPages freed ? freed + ": " + pairs(freed) : value;
  }

  private static List<String> pairs(FreedPages freed) {
    return IntStream.range(0, freed.count())
        .mapToObj(i -> freed.offset(i) + "@" + freed.epoch(i))
        .toList();
  }

  /** The way to the others of a node that has no others. */
  private static final class Nowhere implements Transport {

    @Override
    public String localAddress() {
      return "alone";
    }

    @Override
    public Future<Void> open(Consumer<Buffer> frames, Consumer<String> lost) {
      return Future.succeededFuture();
    }

    @Override
    public void send(String address, Buffer frame) {
      throw new AssertionError("nobody is at " + address);
    }

    @Override
    public String link(String address) {
      return "none";
    }

    @Override
    public void broadcast(Buffer frame) {
      // nobody is there
    }

    @Override
    public Future<Void> close() {
      return Future.succeededFuture();
    }
  }
}
