package dev.tmem.cleancache.shared;

import static dev.tmem.Until.until;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tmem.CleanCacheOptions;
import dev.tmem.ErrorCode;
import dev.tmem.ObjectKey;
import dev.tmem.SharedCleanCache;
import dev.tmem.TmemEvent;
import dev.tmem.TmemException;
import dev.tmem.Until;
import dev.tmem.cleancache.shared.protocol.Message.Operation;
import dev.tmem.cleancache.shared.protocol.Message.Outcome;
import dev.tmem.cleancache.shared.protocol.Message.Request;
import dev.tmem.cleancache.shared.protocol.ViewName;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Nodes that share caches, on real pools, over a transport within the test. */
class SharedCachesTest extends SharedKit {

  @Test
  void whatOneNodePutsAllNodesGetAndInvalidate() {
    List<SharedCleanCache> caches = together(3);
    for (int i = 0; i < 60; i++) {
      ObjectKey object = ObjectKey.of("object " + i);
      Until.done(caches.get(i % 3).put(object, 7, page("page " + i)));
      for (SharedCleanCache cache : caches) {
        assertEquals("page " + i, text(Until.done(cache.get(object, 7))));
        assertNull(Until.done(cache.get(object, 8)));
      }
      Until.done(caches.get((i + 1) % 3).put(object, 7, page("newer " + i)));
      assertEquals("newer " + i, text(Until.done(caches.get((i + 2) % 3).get(object, 7))));
      Until.done(caches.get((i + 2) % 3).invalidatePage(object, 7));
      assertNull(Until.done(caches.get(i % 3).get(object, 7)));
    }
    long homes = nodes.stream().filter(node -> node.caches.pagesHere().containsKey(CACHE)).count();
    assertEquals(3, homes);
  }

  /** Compressible, hardly so, same-filled and random ones; whole and short. */
  @Test
  void pagesOfAllKindsComeBackFromAnywhere() {
    List<SharedCleanCache> caches = together(2);
    Random random = new Random(11);
    for (int i = 0; i < 300; i++) {
      byte[] bytes = new byte[i % 3 == 0 ? 1 + random.nextInt(4096) : 4096];
      byte[] noise = new byte[bytes.length * (i % 6) / 5];
      random.nextBytes(noise);
      System.arraycopy(noise, 0, bytes, 0, noise.length);
      Buffer page = Buffer.buffer(bytes);
      Until.done(caches.get(i % 2).put(ObjectKey.of(i), i, page));
      assertEquals(page, Until.done(caches.get(0).get(ObjectKey.of(i), i)));
      assertEquals(page, Until.done(caches.get(1).get(ObjectKey.of(i), i)));
    }
  }

  @Test
  void operationsOnOnePageTakeEffectInTheOrderOfTheirCalls() {
    List<SharedCleanCache> caches = together(3);
    for (int i = 0; i < 6; i++) {
      SharedCleanCache cache = caches.get(i % 3);
      ObjectKey object = ObjectKey.of("in order " + i);
      List<Future<@Nullable Buffer>> gets = new ArrayList<>();
      for (int version = 0; version < 50; version++) {
        cache.put(object, 1, page("v" + version));
        gets.add(cache.get(object, 1));
        cache.invalidateObject(object);
        gets.add(cache.get(object, 1));
      }
      for (int version = 0; version < 50; version++) {
        assertEquals("v" + version, text(Until.done(gets.get(2 * version))));
        assertNull(Until.done(gets.get(2 * version + 1)));
      }
    }
  }

  @Test
  void batchesObjectsAndTheWholeCache() {
    List<SharedCleanCache> caches = together(2);
    int[] indexes = new int[100];
    List<Buffer> pages = new ArrayList<>();
    for (int i = 0; i < indexes.length; i++) {
      indexes[i] = i;
      pages.add(Buffer.buffer(new byte[4096 - i]));
    }
    ObjectKey other = ObjectKey.of(12);
    Until.done(caches.get(0).putAll(OBJECT, indexes, pages));
    Until.done(caches.get(1).putAll(other, indexes, pages));
    assertEquals(pages, Until.done(caches.get(1).getAll(OBJECT, indexes)));
    Until.done(caches.get(1).invalidateObject(OBJECT));
    Until.done(caches.get(0).getAll(OBJECT, indexes)).forEach(page -> assertNull(page));
    assertEquals(pages, Until.done(caches.get(0).getAll(other, indexes)));
    Until.done(caches.get(0).invalidateAll());
    Until.done(caches.get(1).getAll(other, indexes)).forEach(page -> assertNull(page));
  }

  @Test
  void aNodeWithoutPagesUsesThoseOfOthers() {
    together(2);
    SharedCleanCache guest = new One("guest", 0).open();
    for (int i = 0; i < 40; i++) {
      Until.done(guest.put(ObjectKey.of(i), 0, page("p" + i)));
      assertEquals("p" + i, text(Until.done(guest.get(ObjectKey.of(i), 0))));
    }
    assertTrue(nodes.get(2).caches.pagesHere().isEmpty());
  }

  @Test
  void otherOptionsAreRefused() {
    together(2);
    for (One node : nodes) {
      TmemException refused =
          assertThrows(
              TmemException.class,
              () -> Until.done(node.caches.open(CACHE, new CleanCacheOptions().setPageSize(8192))));
      assertEquals(ErrorCode.OPTIONS_MISMATCH, refused.code());
    }
    One third = new One("third", 0);
    TmemException refused =
        assertThrows(
            TmemException.class,
            () ->
                Until.done(
                    third.caches.open(CACHE, new CleanCacheOptions().setTimeToLiveSeconds(9))));
    assertEquals(ErrorCode.OPTIONS_MISMATCH, refused.code());
    CleanCacheOptions exclusive = new CleanCacheOptions().setExclusiveGets(true);
    refused =
        assertThrows(TmemException.class, () -> Until.done(third.caches.open(CACHE, exclusive)));
    assertEquals(ErrorCode.INVALID_OPTION, refused.code());
  }

  @Test
  void aRefusedOpenDisturbsNobody() {
    List<SharedCleanCache> caches = together(2);
    One third = new One("third", 8L << 20);
    until(() -> nodes.stream().allMatch(node -> node.members() == 3), "one view");
    until(() -> nodes.stream().allMatch(node -> node.caches.hasLease()), "leases");
    CleanCacheOptions others = new CleanCacheOptions().setPageSize(8192);
    for (int i = 0; i < 60; i++) {
      TmemException refused =
          assertThrows(TmemException.class, () -> Until.done(third.caches.open(CACHE, others)));
      assertEquals(ErrorCode.OPTIONS_MISMATCH, refused.code());
      Until.done(caches.get(i % 2).put(ObjectKey.of(i), 0, page("p" + i)));
      assertEquals("p" + i, text(Until.done(caches.get(0).get(ObjectKey.of(i), 0))));
    }
    caches.forEach(cache -> Until.done(cache.close()));
    Until.done(Until.done(third.caches.open(CACHE, others)).put(OBJECT, 0, page("at last")));
  }

  @Test
  void ofTwoWhoWantOtherOptionsAtOnceOneHasThem() {
    together(3).forEach(cache -> Until.done(cache.close()));
    for (int round = 0; round < 30; round++) {
      List<CleanCacheOptions> wanted = new ArrayList<>();
      List<Future<SharedCleanCache>> opens = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        wanted.add(new CleanCacheOptions().setPageSize(1024 << i));
        opens.add(nodes.get((round + i) % 3).caches.open(CACHE, wanted.get(i)));
      }
      int opened = 0;
      for (Future<SharedCleanCache> open : opens) {
        until(open::isComplete, "an answer");
        opened += open.succeeded() ? 1 : 0;
      }
      assertEquals(1, opened, opens::toString);
      for (int i = 0; i < 3; i++) {
        if (opens.get(i).succeeded()) {
          SharedCleanCache cache = opens.get(i).result();
          Until.done(cache.put(OBJECT, round, page("of the first")));
          Until.done(cache.close());
        }
      }
    }
  }

  @Test
  void theLastCloseDropsAllPages() {
    List<SharedCleanCache> caches = together(2);
    for (int i = 0; i < 20; i++) {
      Until.done(caches.get(0).put(ObjectKey.of(i), 0, page("p" + i)));
    }
    Until.done(caches.get(0).close());
    assertEquals("p3", text(Until.done(caches.get(1).get(ObjectKey.of(3), 0))));
    Until.done(caches.get(1).close());
    nodes.forEach(node -> assertTrue(node.caches.pagesHere().isEmpty()));
    TmemException closed =
        assertThrows(TmemException.class, () -> Until.done(caches.get(1).invalidateObject(OBJECT)));
    assertEquals(ErrorCode.AREA_CLOSED, closed.code());
    SharedCleanCache again =
        Until.done(nodes.get(0).caches.open(CACHE, new CleanCacheOptions().setPageSize(8192)));
    for (int i = 0; i < 20; i++) {
      assertNull(Until.done(again.get(ObjectKey.of(i), 0)));
    }
  }

  @Test
  void oneLoaderRunsForAllWhoAsk() {
    List<SharedCleanCache> caches = together(4);
    AtomicInteger calls = new AtomicInteger();
    for (int i = 0; i < 20; i++) {
      ObjectKey object = ObjectKey.of("loaded " + i);
      Promise<Buffer> source = Promise.promise();
      List<Future<Buffer>> readers = new ArrayList<>();
      for (int reader = 0; reader < 8; reader++) {
        readers.add(
            caches
                .get(reader % 4)
                .getOrLoad(
                    object,
                    0,
                    () -> {
                      calls.incrementAndGet();
                      return source.future();
                    }));
      }
      int loads = i + 1;
      until(() -> calls.get() == loads, "a loader runs");
      source.complete(page("from the source"));
      readers.forEach(reader -> assertEquals("from the source", text(Until.done(reader))));
      assertEquals(loads, calls.get());
    }
  }

  @Test
  void aLoadersFailureGoesToAllWhoWaitAndIsNotKept() {
    List<SharedCleanCache> caches = together(3);
    AtomicInteger calls = new AtomicInteger();
    Promise<Buffer> source = Promise.promise();
    List<Future<Buffer>> readers = new ArrayList<>();
    for (SharedCleanCache cache : caches) {
      readers.add(
          cache.getOrLoad(
              OBJECT,
              0,
              () -> {
                calls.incrementAndGet();
                return source.future();
              }));
    }
    until(
        () -> nodes.stream().mapToInt(node -> node.caches.waiting()).sum() == 2,
        "two wait for the third");
    source.fail(new IllegalStateException("the source is down"));
    int others = 0;
    for (Future<Buffer> reader : readers) {
      Throwable failure = assertThrows(Throwable.class, () -> Until.done(reader));
      assertTrue(
          Objects.requireNonNull(failure.getMessage()).contains("the source is down"),
          failure::toString);
      others +=
          failure instanceof TmemException known && known.code() == ErrorCode.LOAD_FAILED ? 1 : 0;
    }
    assertEquals(2, others);
    assertEquals(1, calls.get());
    Buffer loaded =
        Until.done(
            caches.get(1).getOrLoad(OBJECT, 0, () -> Future.succeededFuture(page("up again"))));
    assertEquals("up again", text(loaded));
    assertEquals("up again", text(Until.done(caches.get(2).get(OBJECT, 0))));
  }

  /** Each asks elsewhere than the one before, so what it waits for stands at the page's home. */
  @Test
  @SuppressWarnings("NullAway") // what a caller without such checks may do
  void aLoaderThatBringsNothingHoldsUpNobody() {
    List<SharedCleanCache> caches = together(3);
    for (int i = 0; i < 12; i++) {
      ObjectKey object = ObjectKey.of("nothing " + i);
      Future<Buffer> none = caches.get(i % 3).getOrLoad(object, 0, () -> null);
      TmemException failed = assertThrows(TmemException.class, () -> Until.done(none));
      assertEquals(ErrorCode.LOAD_FAILED, failed.code());
      Future<Buffer> empty =
          caches.get((i + 1) % 3).getOrLoad(object, 0, () -> Future.succeededFuture());
      failed = assertThrows(TmemException.class, () -> Until.done(empty));
      assertEquals(ErrorCode.INVALID_PAGE, failed.code());
      Future<Buffer> loaded =
          caches.get((i + 2) % 3).getOrLoad(object, 0, () -> Future.succeededFuture(page("p")));
      assertEquals("p", text(Until.done(loaded)));
    }
  }

  @Test
  void whatIsPutWhileALoaderRunsIsNewer() {
    List<SharedCleanCache> caches = together(2);
    Promise<Buffer> source = Promise.promise();
    AtomicInteger calls = new AtomicInteger();
    Future<Buffer> reader =
        caches
            .get(0)
            .getOrLoad(
                OBJECT,
                0,
                () -> {
                  calls.incrementAndGet();
                  return source.future();
                });
    until(() -> calls.get() == 1, "the loader runs");
    Until.done(caches.get(1).put(OBJECT, 0, page("newer")));
    source.complete(page("older"));
    Until.done(reader);
    assertEquals("newer", text(Until.done(caches.get(0).get(OBJECT, 0))));
  }

  @Test
  void aDamagedPageIsAMissCountedAndInvalidated() {
    List<SharedCleanCache> caches = together(2);
    One home = nodes.get(0);
    byte[] whole = home.node.dispatcher.codec().pack(ByteBuffer.wrap(new byte[3_000]));
    byte[] text = "a page that is compressed ".repeat(100).getBytes(StandardCharsets.UTF_8);
    byte[] packed = home.node.dispatcher.codec().pack(ByteBuffer.wrap(text));
    assertTrue(whole.length < packed.length && packed.length < text.length);
    Buffer damaged = Buffer.buffer(Arrays.copyOf(packed, packed.length / 2));
    OpenShared cache = Until.done(home.caches.find(CACHE));
    for (int i = 0; i < 8; i++) {
      ObjectKey object = ObjectKey.of(i);
      Request put =
          new Request(
              new ViewName(new UUID(0, 0), 0),
              0,
              0,
              Operation.PUT,
              cache.cache(),
              object,
              List.of(0),
              List.of(damaged),
              0);
      assertEquals(Outcome.DONE, Until.done(home.caches.link().begin(put)).outcome());
      OpenShared reader = Until.done(nodes.get(1).caches.find(CACHE));
      assertNull(Until.done(caches.get(1).get(object, 0)));
      assertEquals(i + 1L, reader.counters().get("failed_reads"));
      assertEquals(2L * i + 1, reader.counters().get("failed_gets"));
      assertNull(Until.done(caches.get(1).get(object, 0)));
      assertEquals(i + 1L, reader.counters().get("failed_reads"), "it was not invalidated");
      assertEquals(2L * i + 2, reader.counters().get("failed_gets"));
    }
  }

  @Test
  void framesThatCannotBeReadAreCounted() {
    List<SharedCleanCache> caches = together(2);
    SharedCaches node = nodes.getFirst().caches;
    assertEquals(0, node.numbers().get("shared_malformed_frames"));
    hub.transport("n1").send("n0", Buffer.buffer(new byte[100]));
    until(
        () -> Long.valueOf(1).equals(node.numbers().get("shared_malformed_frames")),
        "it is counted");
    Until.done(caches.getFirst().put(OBJECT, 0, page("all is well")));
  }

  @Test
  void viewsAndLeasesAreEvents() {
    List<TmemEvent.SharedView> told = new CopyOnWriteArrayList<>();
    One first = new One("n0", 8L << 20);
    first
        .node
        .dispatcher
        .notifier()
        .listen(event -> {
          if (event instanceof TmemEvent.SharedView view) {
            told.add(view);
          }
        });
    new One("n1", 8L << 20);
    until(() -> nodes.stream().allMatch(node -> node.members() == 2), "one view");
    until(
        () -> told.stream().anyMatch(view -> view.members() == 2 && view.lease()),
        "it serves in a view of two");
  }

  @Test
  void theQuotaIsKept() {
    One node = new One("small", 1L << 20);
    SharedCleanCache cache = node.open();
    Random random = new Random(1);
    byte[] bytes = new byte[4096];
    for (int i = 0; i < 1_000; i++) {
      random.nextBytes(bytes);
      Until.done(cache.put(ObjectKey.of(i), 0, Buffer.buffer(bytes)));
    }
    assertTrue(node.caches.usedBytes() < 5L << 18, node.caches.usedBytes() + " bytes");
    assertTrue(node.caches.usedBytes() > 3L << 18, node.caches.usedBytes() + " bytes");
  }
}
