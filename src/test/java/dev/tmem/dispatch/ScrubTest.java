package dev.tmem.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tmem.PageLostException;
import dev.tmem.Protection;
import io.vertx.core.Future;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Copies on disk that are read for nothing but to see whether they are well. */
class ScrubTest extends DispatchFixture {

  private static final int PAGES = 300;

  private Future<Map<String, Long>> begin(@Nullable PageSpace space) {
    return node.dispatcher.upkeep().scrub(space, Upkeep.DEFAULT_SCRUB_RATE);
  }

  private static Map<String, Long> found(
      long copies, long damaged, long repaired, long unreachable) {
    return Map.of(
        "copies", copies, "damaged", damaged, "repaired", repaired, "unreachable", unreachable);
  }

  /** Pages in RAM, each with a second copy on disk. */
  private PageSpace mirrored() {
    PageSpace space = node.open("a", Protection.ANY);
    space.modes().setWritethrough(true);
    for (int i = 0; i < PAGES; i++) {
      store(space, i, 1);
    }
    return space;
  }

  private void assertAllThere(PageSpace space) {
    for (int i = 0; i < PAGES; i++) {
      assertPage(space, i, 1);
    }
  }

  @Test
  void whatIsWellIsReadAndLeft() {
    register(node.zram, disk);
    PageSpace space = mirrored();
    assertEquals(found(PAGES, 0, 0, 0), await(begin(null)));
    assertEquals(PAGES, disk.size());
    assertAllThere(space);
  }

  @Test
  void damageIsMendedFromTheCopyInRam() {
    register(node.zram, disk);
    PageSpace space = mirrored();
    disk.mood = TwinBackend.Mood.DAMAGED;
    Map<String, Long> result = await(begin(space));
    assertEquals(PAGES, result.get("damaged"));
    assertEquals(result.get("damaged"), result.get("repaired"));
    disk.mood = TwinBackend.Mood.WELL;
    assertEquals(PAGES, disk.size(), "the damaged ones are freed");
    assertEquals(PAGES, extrasIn(space, "disk"));
    assertEquals(found(PAGES, 0, 0, 0), await(begin(null)));
    demoteAll();
    assertAllThere(space);
  }

  @Test
  void withoutAnotherCopyThePageIsLostAndSaysSo() {
    register(node.zram, disk);
    PageSpace space = node.open("a", Protection.ANY);
    store(space, 1, 1);
    store(space, 2, 1);
    demoteAll();
    disk.mood = TwinBackend.Mood.FORGETFUL;
    assertEquals(found(2, 2, 0, 0), await(begin(null)));
    disk.mood = TwinBackend.Mood.WELL;
    assertThrows(PageLostException.class, () -> await(space.load(1)));
    store(space, 1, 2);
    assertPage(space, 1, 2);
  }

  @Test
  void whatCannotBeReachedIsLeftForLater() {
    register(node.zram, disk);
    PageSpace space = mirrored();
    disk.mood = TwinBackend.Mood.AWAY;
    assertEquals(found(PAGES, 0, 0, PAGES), await(begin(null)));
    disk.mood = TwinBackend.Mood.WELL;
    assertEquals(found(PAGES, 0, 0, 0), await(begin(null)));
    assertAllThere(space);
  }

  @Test
  void itIsSeenAndStopped() {
    register(node.zram, disk);
    PageSpace space = mirrored();
    Future<Map<String, Long>> slow = node.dispatcher.upkeep().scrub(space, Upkeep.MIN_SCRUB_RATE);
    scheduler.settle();
    assertFalse(slow.isComplete(), "it reads no more than it may");
    LongWork work = node.dispatcher.longWorks().list().getFirst();
    assertEquals(PAGES, work.total());
    assertTrue(work.done() > 0 && work.done() < PAGES, work.done() + " done");
    node.dispatcher.longWorks().stop(work.number());
    assertTrue(await(slow).getOrDefault("copies", 0L) < PAGES);
    assertAllThere(space);
  }

  @Test
  void aPageThatIsStoredAnewMeanwhileIsLeftAlone() {
    register(node.zram, disk);
    PageSpace space = mirrored();
    disk.mood = TwinBackend.Mood.HANGING;
    Future<Map<String, Long>> run = begin(space);
    scheduler.settle();
    disk.mood = TwinBackend.Mood.WELL;
    for (int i = 0; i < PAGES; i++) {
      store(space, i, 2);
    }
    disk.hanging.forEach(Runnable::run);
    disk.hanging.clear();
    assertEquals(0, await(run).get("repaired"));
    for (int i = 0; i < PAGES; i++) {
      assertPage(space, i, 2);
    }
    assertEquals(PAGES, disk.size());
  }
}
