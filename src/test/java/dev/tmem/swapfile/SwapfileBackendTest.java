package dev.tmem.swapfile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tmem.ErrorCode;
import dev.tmem.TmemException;
import dev.tmem.backend.Backend;
import dev.tmem.backend.Codec;
import dev.tmem.backend.Fetched;
import dev.tmem.backend.LossDomain;
import dev.tmem.backend.PageKey;
import dev.tmem.backend.PageRef;
import dev.tmem.backend.SpaceInfo;
import dev.tmem.backend.Zpage;
import io.vertx.core.Future;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SwapfileBackendTest {

  @TempDir Path folder;

  private final Random random = new Random(5);
  private long epochs;

  private Path file() {
    return folder.resolve("swap");
  }

  private Zpage page(int length) {
    return Rig.page(random, new PageKey(1, ++epochs), epochs, length);
  }

  private List<Zpage> pages(int count) {
    List<Zpage> pages = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      pages.add(page(Rig.length(random)));
    }
    return pages;
  }

  private static PageKey anyKey() {
    return new PageKey(1, 0);
  }

  @Test
  void isWhatTheChainExpects() {
    try (Rig rig = new Rig(file(), 8)) {
      assertEquals("swapfile", rig.backend.name());
      assertEquals(300, rig.backend.tier());
      assertEquals(LossDomain.NODE, rig.backend.lossDomain());
      Rig.await(rig.backend.init(new SpaceInfo(1, "a", 4096, true)));
      Rig.await(rig.backend.invalidateSpace(1));
      assertEquals(rig.geometry.liveLimit(), rig.backend.usage().limitBytes());
    }
  }

  @Test
  void aBatchComesBackInAnyOrder() {
    try (Rig rig = new Rig(file(), 32)) {
      List<Zpage> pages = pages(200);
      long[] handles = Rig.await(rig.backend.put(pages));
      List<Integer> order = new ArrayList<>();
      for (int i = 0; i < handles.length; i++) {
        assertNotEquals(Backend.REFUSED, handles[i]);
        order.add(i);
      }
      Collections.shuffle(order, random);
      List<PageRef> refs = order.stream().map(i -> Rig.ref(pages.get(i), handles[i])).toList();
      List<Fetched> answers = Rig.await(rig.backend.get(refs));
      for (int i = 0; i < answers.size(); i++) {
        Rig.assertFound(pages.get(order.get(i)), answers.get(i));
      }
      assertEquals(200, rig.counter("bd_reads"));
      assertEquals(200, rig.counter("bd_writes"));
      assertEquals(200, rig.counter("bd_count"));
      rig.backend.checkInvariants();
    }
  }

  @Test
  void anotherPageOrEpochOrNoPageIsGone() {
    try (Rig rig = new Rig(file(), 8)) {
      Zpage page = page(2000);
      long handle = rig.put(page);
      assertGone(rig, new PageRef(new PageKey(1, 77), page.epoch(), handle));
      assertGone(rig, new PageRef(new PageKey(2, page.key().offset()), page.epoch(), handle));
      assertGone(rig, new PageRef(page.key(), page.epoch() + 1, handle));
      for (long other : new long[] {-1, 0, Long.MAX_VALUE, Long.MIN_VALUE, handle + (1L << 56)}) {
        assertGone(rig, new PageRef(page.key(), page.epoch(), other));
      }
      Rig.assertFound(page, rig.get(Rig.ref(page, handle)));
      rig.backend.free(List.of(Rig.ref(page, handle)));
      assertGone(rig, Rig.ref(page, handle));
      assertEquals(0, rig.counter("bad_frees"));
    }
  }

  private static void assertGone(Rig rig, PageRef ref) {
    assertInstanceOf(Fetched.Gone.class, rig.get(ref));
  }

  @Test
  void freeingWhatIsNotThereIsCountedAndChangesNothing() {
    try (Rig rig = new Rig(file(), 8)) {
      Zpage page = page(2000);
      PageRef ref = Rig.ref(page, rig.put(page));
      rig.backend.free(List.of(ref));
      rig.backend.free(List.of(ref));
      rig.backend.free(List.of(new PageRef(anyKey(), 1, -1)));
      rig.backend.free(List.of(new PageRef(anyKey(), 1, Long.MAX_VALUE)));
      assertEquals(3, rig.counter("bad_frees"));
      assertEquals(0, rig.backend.usage().usedBytes());
      rig.backend.checkInvariants();
    }
  }

  @Test
  void whatFitsNoRecordIsRefused() {
    try (Rig rig = new Rig(file(), 8)) {
      Zpage large = Zpage.of(anyKey(), 1, Codec.RAW, 65536, new byte[65537]);
      Zpage empty = Zpage.of(anyKey(), 1, Codec.RAW, 65536, new byte[0]);
      Zpage fits = Zpage.of(anyKey(), 1, Codec.RAW, 65536, new byte[65536]);
      long[] handles = Rig.await(rig.backend.put(List.of(large, fits, empty)));
      assertEquals(Backend.REFUSED, handles[0]);
      assertEquals(Backend.REFUSED, handles[2]);
      Rig.assertFound(fits, rig.get(Rig.ref(fits, handles[1])));
      assertEquals(2, rig.counter("refused"));
    }
  }

  @Test
  void aFullFileRefusesAndTakesPagesAgainAsSoonAsOneIsFreed() {
    HostTwin twin = new HostTwin();
    try (Rig rig = new Rig(file(), 12)) {
      rig.backend.attach(twin);
      long refused = 0;
      for (int i = 0; refused == 0; i++) {
        Zpage page = page(3000);
        long handle = rig.put(page);
        if (handle == Backend.REFUSED) {
          refused++;
        } else {
          twin.install(page, handle);
        }
        assertTrue(i < 10_000);
      }
      int size = RecordLayout.recordBytes(3000);
      assertTrue(rig.backend.usage().usedBytes() + size > rig.geometry.liveLimit());
      // At the very limit, for several times the size of the file, whatever page goes.
      for (int i = 0; i < 5_000; i++) {
        HostTwin.Slot victim = twin.slots().get(random.nextInt(twin.size()));
        twin.remove(victim.page().key());
        HostTwin.Slot last = victim;
        rig.backend.free(List.of(last.ref()));
        Zpage page = page(3000);
        long handle = rig.put(page);
        if (handle == Backend.REFUSED) {
          // The cleaner met the last page before it was installed, and left its segment for later.
          rig.scheduler.skip(60_000_000_000L);
          handle = rig.put(page);
        }
        assertNotEquals(Backend.REFUSED, handle, "round " + i);
        twin.install(page, handle);
      }
      rig.backend.checkInvariants();
      for (HostTwin.Slot slot : twin.slots()) {
        Rig.assertFound(slot.page(), rig.get(slot.ref()));
      }
    }
  }

  @Test
  void aSegmentUsedAnewDoesNotReviveWhatItHeld() {
    try (Rig rig = new Rig(file(), 8)) {
      List<PageRef> old = new ArrayList<>();
      // Enough for the number of the life in the handle to come round more than once.
      for (int i = 0; i < 8 * 4 * (HandleLayout.MAX_LIFE + 1) + 200; i++) {
        Zpage page = Rig.page(random, anyKey(), ++epochs, 60_000);
        PageRef ref = Rig.ref(page, rig.put(page));
        assertTrue(ref.handle() >= 0);
        rig.backend.free(List.of(ref));
        if (i < 64) {
          old.add(ref);
        }
        if (i % 16 == 0) {
          for (Fetched answer : Rig.await(rig.backend.get(old))) {
            assertInstanceOf(Fetched.Gone.class, answer);
          }
        }
      }
      rig.backend.checkInvariants();
      assertEquals(0, rig.counter("corrupt_records"));
    }
  }

  @Test
  void nothingIsLeftOfAnEarlierLife() {
    List<PageRef> refs = new ArrayList<>();
    try (Rig rig = new Rig(file(), 16)) {
      List<Zpage> pages = pages(50);
      long[] handles = Rig.await(rig.backend.put(pages));
      for (int i = 0; i < handles.length; i++) {
        refs.add(Rig.ref(pages.get(i), handles[i]));
      }
      Rig.await(rig.backend.flush());
    }
    try (Rig rig = new Rig(file(), 16)) {
      assertEquals(0, rig.backend.usage().usedBytes());
      for (Fetched answer : Rig.await(rig.backend.get(refs))) {
        assertInstanceOf(Fetched.Gone.class, answer);
      }
      // The segment is begun anew, one short record is written, the old ones lie behind it.
      Zpage page = Rig.page(random, anyKey(), 1, 16);
      rig.put(page);
      for (Fetched answer : Rig.await(rig.backend.get(refs))) {
        assertInstanceOf(Fetched.Gone.class, answer);
      }
    }
  }

  @Test
  void bytesThatWaitForTheDiskAreBounded() {
    try (Rig rig = new Rig(file(), 120)) {
      CountDownLatch release = new CountDownLatch(1);
      rig.io().hold = release;
      List<Future<long[]>> answers = new ArrayList<>();
      byte[] bytes = new byte[60_000];
      boolean full = false;
      while (!full) {
        Zpage page = Zpage.of(new PageKey(1, ++epochs), 1, Codec.RAW, 65536, bytes);
        Future<long[]> answer = rig.backend.put(List.of(page));
        answers.add(answer);
        assertTrue(rig.counter("queued_bytes") <= SwapfileBackend.QUEUE_LIMIT_BYTES);
        full = answer.isComplete() && answer.result()[0] == Backend.REFUSED;
        assertTrue(answers.size() < 1000);
      }
      rig.io().hold = null;
      release.countDown();
      long kept = 0;
      for (Future<long[]> answer : answers) {
        kept += Rig.await(answer)[0] == Backend.REFUSED ? 0 : 1;
      }
      assertEquals(answers.size() - 1, kept);
      assertEquals(0, rig.counter("queued_bytes"));
      assertTrue(rig.counter("write_calls") < kept, "many pages a write");
    }
  }

  @Test
  void closingAnswersEveryoneAndTheFileCanBeUsedAgainAtOnce() {
    Rig rig = new Rig(file(), 16);
    List<Zpage> pages = pages(100);
    List<Future<long[]>> puts = new ArrayList<>();
    for (Zpage page : pages) {
      puts.add(rig.backend.put(List.of(page)));
    }
    Future<Void> closed = rig.backend.close();
    for (Future<long[]> put : puts) {
      assertNotEquals(Backend.REFUSED, Rig.await(put)[0]);
    }
    Rig.await(closed);
    Rig.await(rig.backend.close());
    for (Future<?> late :
        List.<Future<?>>of(
            rig.backend.put(List.of(page(1))),
            rig.backend.get(List.of(new PageRef(anyKey(), 1, 0))),
            rig.backend.flush())) {
      TmemException e = assertInstanceOf(TmemException.class, Rig.failure(late));
      assertEquals(ErrorCode.CLOSED, e.code());
    }
    rig.scheduler.close();
    try (Rig again = new Rig(file(), 16)) {
      assertEquals(0, again.counter("bd_count"));
    }
  }

  @Test
  void activatesByThePublicDoor() throws Exception {
    long size = Geometry.minFileBytes(Geometry.SEGMENT_BYTES) + 12_345;
    try (TestScheduler scheduler = new TestScheduler()) {
      SwapfileBackend backend =
          Rig.await(SwapfileBackend.activate(file(), size, "node-1", scheduler));
      assertTrue(Files.size(file()) <= size);
      Zpage page = page(4096);
      long handle = Rig.await(backend.put(List.of(page)))[0];
      Rig.assertFound(page, Rig.await(backend.get(List.of(Rig.ref(page, handle)))).getFirst());
      Throwable second = Rig.failure(SwapfileBackend.activate(file(), size, "node-1", scheduler));
      assertEquals(ErrorCode.BACKEND_FAILED, assertInstanceOf(TmemException.class, second).code());
      Rig.await(backend.close());
    }
  }
}
