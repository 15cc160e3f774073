package dev.tmem.backend;

import static dev.tmem.Until.until;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tmem.Until;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.LongPredicate;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * The contract of a backend that may wait. A test of a backend extends this, opens an empty one
 * with room for some thousand pages, and closes what it needed besides.
 */
public abstract class SlowBackendContractTest {

  /** The largest batch of the contract. */
  private static final int MAX_BATCH = 256;

  private static final int PAGE_SIZE = 4096;

  /** A host that knows of no page, as it is before anybody uses the backend. */
  private static final class NoPages implements BackendHost {
    @Override
    public boolean rehandle(PageKey key, long epoch, long oldHandle, long newHandle) {
      return false;
    }

    @Override
    public Future<Long> copiesGone(LongPredicate handles, String reason) {
      return Future.succeededFuture(0L);
    }

    @Override
    public Future<Long> copiesDoubtful(LongPredicate handles, String reason) {
      return Future.succeededFuture(0L);
    }

    @Override
    public Future<Long> evacuate(LongPredicate handles) {
      return Future.succeededFuture(0L);
    }

    @Override
    public boolean names(PageRef copy) {
      return true;
    }
  }

  private final Random random = new Random(20_251_121);
  private @Nullable SlowBackend opened;
  private boolean closed;

  /** A backend that is empty and ready. */
  protected abstract SlowBackend open() throws Exception;

  /** What the dispatcher is to the backend; one that knows of no page, unless overridden. */
  protected BackendHost host() {
    return new NoPages();
  }

  /** Releases what {@link #open} needed besides the backend, which is closed by then. */
  protected void release() throws Exception {}

  @BeforeEach
  void openAndInit() throws Exception {
    SlowBackend backend = open();
    opened = backend;
    backend.attach(host());
    for (int space = 1; space <= 2; space++) {
      Until.done(backend.init(new SpaceInfo(space, "area-" + space, PAGE_SIZE, true)));
    }
  }

  @AfterEach
  void closeAndRelease() throws Exception {
    if (!closed) {
      Until.done(backend().close());
    }
    release();
  }

  private SlowBackend backend() {
    SlowBackend backend = opened;
    if (backend == null) {
      throw new AssertionError("not open");
    }
    return backend;
  }

  private Zpage page(int space, long offset, long epoch, int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    Codec codec = length == PAGE_SIZE ? Codec.RAW : Codec.LZ4;
    return Zpage.of(new PageKey(space, offset), epoch, codec, PAGE_SIZE, bytes);
  }

  private List<Zpage> pages(int count, long firstOffset) {
    List<Zpage> pages = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      pages.add(page(1, firstOffset + i, 1 + random.nextInt(1000), 1 + random.nextInt(PAGE_SIZE)));
    }
    return pages;
  }

  private List<PageRef> put(List<Zpage> pages) {
    long[] handles = Until.done(backend().put(pages));
    assertEquals(pages.size(), handles.length, "a handle for each page");
    List<PageRef> refs = new ArrayList<>();
    for (int i = 0; i < handles.length; i++) {
      assertNotEquals(Backend.REFUSED, handles[i], "an empty backend takes page " + i);
      refs.add(new PageRef(pages.get(i).key(), pages.get(i).epoch(), handles[i]));
    }
    return refs;
  }

  private void assertFound(List<Zpage> pages, List<PageRef> refs) {
    List<Fetched> answers = Until.done(backend().get(refs));
    assertEquals(refs.size(), answers.size(), "an answer for each copy");
    for (int i = 0; i < pages.size(); i++) {
      Fetched.Found found = assertInstanceOf(Fetched.Found.class, answers.get(i), "page " + i);
      assertSame(pages.get(i), found.zpage());
    }
  }

  private static void assertSame(Zpage put, Zpage found) {
    assertEquals(put.key(), found.key());
    assertEquals(put.epoch(), found.epoch());
    assertEquals(put.codec(), found.codec());
    assertEquals(put.originalLength(), found.originalLength());
    assertEquals(put.crc(), found.crc(), "the checksum it came with");
    assertArrayEquals(put.bytes(), found.bytes());
  }

  // ---- What it is

  @Test
  void itSaysWhoItIs() {
    assertFalse(backend().name().isEmpty());
    assertTrue(backend().tier() > 0);
    assertTrue(backend().lossDomain() != null && backend().counters() != null);
    assertTrue(backend().usage().usedBytes() >= 0);
  }

  @Test
  void initTwiceIsAsOnce() {
    SpaceInfo space = new SpaceInfo(1, "area-1", PAGE_SIZE, true);
    Until.done(backend().init(space));
    List<Zpage> pages = pages(3, 0);
    List<PageRef> refs = put(pages);
    Until.done(backend().init(space));
    assertFound(pages, refs);
  }

  // ---- Pages

  @Test
  void whatIsPutComesBackAsItWasAndStays() {
    List<Zpage> pages = pages(50, 0);
    List<PageRef> refs = put(pages);
    assertFound(pages, refs);
    assertFound(pages, refs);
  }

  @Test
  void pagesOfEveryLengthAndCodecComeBack() {
    List<Zpage> pages = new ArrayList<>();
    for (int length : new int[] {1, 2, 7, 8, 9, 63, 64, 65, 1000, 4095, 4096}) {
      pages.add(page(1, length, 1, length));
    }
    pages.add(Zpage.of(new PageKey(1, 5000), 7, Codec.SAME, PAGE_SIZE, new byte[8]));
    pages.add(Zpage.of(new PageKey(1, 5001), 7, Codec.RAW, 77, new byte[77]));
    pages.add(page(1, PageKey.MAX_OFFSET, (1L << 43) - 1, 100));
    assertFound(pages, put(pages));
  }

  @Test
  void theLargestBatchIsOne() {
    List<Zpage> pages = pages(MAX_BATCH, 0);
    List<PageRef> refs = put(pages);
    Set<Long> handles = new HashSet<>();
    refs.forEach(ref -> handles.add(ref.handle()));
    assertEquals(MAX_BATCH, handles.size(), "no handle is given twice");
    assertFound(pages, refs);
    List<PageRef> backwards = refs.reversed();
    assertFound(pages.reversed(), backwards);
  }

  @Test
  void versionsOfAPageAndPagesOfAreasAreToldApart() {
    Zpage old = page(1, 7, 1, 500);
    Zpage fresh = page(1, 7, 2, 600);
    Zpage other = page(2, 7, 1, 700);
    List<Zpage> pages = List.of(old, fresh, other);
    List<PageRef> refs = new ArrayList<>();
    for (Zpage page : pages) {
      refs.addAll(put(List.of(page)));
    }
    assertFound(pages, refs);
    backend().free(List.of(refs.get(0)));
    assertFound(List.of(fresh, other), refs.subList(1, 3));
  }

  @Test
  void whatIsFreedMakesRoomAndLeavesTheOthersAlone() {
    List<Zpage> pages = pages(200, 0);
    List<PageRef> refs = put(pages);
    long full = backend().usage().usedBytes();
    List<Zpage> kept = new ArrayList<>();
    List<PageRef> keptRefs = new ArrayList<>();
    List<PageRef> freed = new ArrayList<>();
    for (int i = 0; i < refs.size(); i++) {
      if (i % 4 == 0) {
        kept.add(pages.get(i));
        keptRefs.add(refs.get(i));
      } else {
        freed.add(refs.get(i));
      }
    }
    backend().free(freed);
    assertFound(kept, keptRefs);
    until(() -> backend().usage().usedBytes() < full, "room that was freed is free");
    List<Zpage> more = pages(200, 1_000);
    assertFound(more, put(more));
    assertFound(kept, keptRefs);
  }

  @Test
  void aCopyThatIsNotThereIsNeverFound() {
    List<Zpage> pages = pages(3, 0);
    List<PageRef> refs = put(pages);
    PageRef first = refs.getFirst();
    List<PageRef> wrong =
        List.of(
            new PageRef(first.key(), first.epoch() + 1, first.handle()),
            new PageRef(new PageKey(2, 999), first.epoch(), first.handle()));
    for (Fetched answer : Until.done(backend().get(wrong))) {
      assertFalse(answer instanceof Fetched.Found, "another page or version: " + answer);
    }
    assertFound(pages, refs);
  }

  @Test
  void manyThreadsAtOnce() throws Exception {
    List<Throwable> failures = new ArrayList<>();
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      int id = i;
      List<List<Zpage>> batches = new ArrayList<>();
      for (int batch = 0; batch < 20; batch++) {
        batches.add(pages(10, 10_000L * (id + 1) + 10L * batch));
      }
      threads.add(
          Thread.ofPlatform()
              .start(() -> {
                try {
                  for (List<Zpage> batch : batches) {
                    List<PageRef> refs = put(batch);
                    assertFound(batch, refs);
                    backend().free(refs.subList(0, 5));
                    assertFound(batch.subList(5, 10), refs.subList(5, 10));
                  }
                } catch (Throwable e) {
                  synchronized (failures) {
                    failures.add(e);
                  }
                }
              }));
    }
    for (Thread thread : threads) {
      thread.join();
    }
    assertEquals(List.of(), failures);
  }

  // ---- The end

  @Test
  void anAreaEndsAndTheOtherGoesOn() {
    List<Zpage> pages = pages(20, 0);
    List<PageRef> refs = put(pages);
    Zpage other = page(2, 1, 1, 100);
    List<PageRef> otherRef = put(List.of(other));
    backend().free(refs);
    Until.done(backend().invalidateSpace(1));
    assertFound(List.of(other), otherRef);
  }

  @Test
  void flushCompletes() {
    put(pages(20, 0));
    Until.done(backend().flush());
  }

  @Test
  void itClosesWithPagesInIt() {
    put(pages(20, 0));
    closed = true;
    Until.done(backend().close());
  }
}
