package dev.tmem.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.tmem.Protection;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** Which of the cold pages go, and what happens between being found and being taken. */
class VictimsTest extends DispatchFixture {

  private PageSpace space() {
    register(node.zram, disk);
    return node.open("a", Protection.ANY);
  }

  /** A page of which so many bytes do not compress. */
  private static ByteBuffer noise(int bytes) {
    byte[] page = new byte[4096];
    byte[] noise = new byte[bytes];
    new SplittableRandom(bytes).nextBytes(noise);
    System.arraycopy(noise, 0, page, 0, bytes);
    return ByteBuffer.wrap(page);
  }

  private Victims.Batch take(PageSpace space, NamedPages policy, int max) {
    RegisteredBackend zram = Objects.requireNonNull(node.dispatcher.backends().named("zram"));
    return new Victims(policy, node.dispatcher.protector())
        .take(zram, new Scope(Scope.Kind.ALL, Set.of(space)), max);
  }

  private void putBack(Victims.Batch batch) {
    for (MoveItem item : batch.items()) {
      item.stripe.lock.lock();
      try {
        long ref = item.stripe.findVersion(item.offset, item.epoch);
        item.stripe.slots.setWord(ref, item.stripe.slots.word(ref) & ~SlotWord.MOVING);
      } finally {
        item.stripe.lock.unlock();
      }
    }
  }

  @Test
  void theLargestOfTheColdGoFirst() {
    PageSpace space = space();
    for (int i = 0; i < 8; i++) {
      await(space.store(i, noise(200 + (i * 5 % 8) * 300)));
    }
    NamedPages all = new NamedPages(space, LongStream.range(0, 8).boxed().toList());
    Victims.Batch batch = take(space, all, 4);
    // by size: 1 (5), 3 (7), 4 (4), 6 (6), of 0 to 7
    assertEquals(
        List.of(1L, 3L, 4L, 6L), batch.items().stream().map(item -> item.offset).sorted().toList());
    putBack(batch);
  }

  @Test
  void aPageThatIsTouchedAfterItWasFoundStays() {
    PageSpace space = space();
    store(space, 1, 1);
    store(space, 2, 1);
    store(space, 3, 1);
    store(space, 4, 1);
    NamedPages all = new NamedPages(space, List.of(1L, 2L, 3L, 4L));
    all.afterwards =
        () -> {
          space.loadNow(1, ByteBuffer.allocate(4096), 0, 4096);
          store(space, 2, 2);
          await(space.invalidate(3));
        };
    Victims.Batch batch = take(space, all, 4);
    assertEquals(List.of(4L), batch.items().stream().map(item -> item.offset).toList());
    putBack(batch);
    assertPage(space, 1, 1);
    assertPage(space, 2, 2);
    assertAbsent(space, 3);
  }

  @Test
  void aPageThatIsFoundTwiceGoesOnce() {
    PageSpace space = space();
    store(space, 1, 1);
    store(space, 2, 1);
    Victims.Batch batch = take(space, new NamedPages(space, List.of(1L, 1L, 2L, 1L, 2L, 2L)), 6);
    assertEquals(
        List.of(1L, 2L), batch.items().stream().map(item -> item.offset).sorted().toList());
    putBack(batch);
    demoteAll();
    assertPage(space, 1, 1);
    assertPage(space, 1, 1); // promoted
    assertEquals(1, take(space, new NamedPages(space, List.of(1L, 1L)), 4).dropped());
    assertPage(space, 1, 1);
    assertPage(space, 2, 1);
  }

  @Test
  void aPageWithALowerCopyIsDroppedAtOnce() {
    PageSpace space = space();
    store(space, 1, 1);
    demoteAll();
    assertPage(space, 1, 1);
    assertPage(space, 1, 1); // promoted
    assertEquals(1, pagesIn(space, "zram"));
    Victims.Batch batch = take(space, new NamedPages(space, List.of(1L)), 4);
    assertEquals(1, batch.dropped());
    assertFalse(batch.isEmpty());
    assertEquals(1, pagesIn(space, "disk"));
    assertPage(space, 1, 1);
  }
}
