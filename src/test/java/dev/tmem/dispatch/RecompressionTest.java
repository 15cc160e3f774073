package dev.tmem.dispatch;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tmem.ErrorCode;
import dev.tmem.Protection;
import dev.tmem.TmemException;
import dev.tmem.codec.PageCodec;
import io.vertx.core.json.JsonObject;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Idle marks, ages and recompression, in hand-turned time. */
class RecompressionTest extends DispatchFixture {

  private final PageCodec codec = new PageCodec(PageCodec.DEFAULT_MAX_STORED_PERCENT);

  private void put(PageSpace space, long offset, byte[] page) {
    await(space.store(offset, ByteBuffer.wrap(page)));
  }

  private void assertBytes(byte[] expected, PageSpace space, long offset) {
    assertArrayEquals(expected, Arrays.copyOf(load(space, offset), expected.length));
  }

  private JsonObject slot(PageSpace space, long offset) {
    List<JsonObject> slots = await(node.dispatcher.slots(space, offset, offset, 1));
    assertEquals(1, slots.size());
    return slots.get(0);
  }

  private String state(PageSpace space, long offset) {
    return String.join(
        " ", slot(space, offset).getJsonArray("state").stream().map(String::valueOf).toList());
  }

  private Upkeep.Recompressed recompress(Upkeep.Target target) {
    return await(node.dispatcher.upkeep().recompress(target, null));
  }

  private long markIdle(long seconds) {
    return await(node.dispatcher.upkeep().markIdle(null, seconds));
  }

  @ParameterizedTest
  @ValueSource(ints = {4096, 4000})
  void idlePagesGetSmallerAndStayWhatTheyWere(int length) {
    register(node.zram);
    PageSpace space = node.open("a", Protection.ANY);
    byte[] text = HardPages.text(1, length);
    put(space, 1, text);
    put(space, 2, HardPages.text(2, length));
    int before = slot(space, 1).getInteger("length");
    assertEquals(0, recompress(Upkeep.Target.IDLE).pages());
    assertEquals(2, markIdle(0));
    assertEquals("idle", state(space, 1));
    load(space, 2);
    Upkeep.Recompressed gain = recompress(Upkeep.Target.IDLE);
    assertEquals(1, gain.pages());
    assertEquals(before - slot(space, 1).getInteger("length"), gain.savedBytes());
    assertTrue(gain.savedBytes() > 0);
    assertEquals("idle recompressed", state(space, 1));
    assertEquals("", state(space, 2));
    assertBytes(text, space, 1);
    assertEquals("recompressed", state(space, 1));
    assertEquals(List.of(), new Audit(node.dispatcher).check());
  }

  @ParameterizedTest
  @ValueSource(ints = {4096, 4001})
  void aHugePageIsCompressedAfterAllOrMarkedForGood(int length) {
    register(node.zram);
    PageSpace space = node.open("a", Protection.ANY);
    byte[] noise = HardPages.noise(1, length);
    byte[] hard = HardPages.rawUntilTriedHard(codec, 2, length);
    put(space, 1, noise);
    put(space, 2, hard);
    put(space, 3, HardPages.text(3, length));
    assertEquals("raw huge", state(space, 2));
    assertEquals(2, space.numbers().get("huge_pages"));
    Upkeep.Recompressed gain = recompress(Upkeep.Target.HUGE);
    assertEquals(1, gain.pages());
    assertTrue(gain.savedBytes() > length / 4);
    assertEquals("raw huge incompressible", state(space, 1));
    assertEquals("recompressed", state(space, 2));
    assertEquals("", state(space, 3));
    assertEquals(1, space.numbers().get("huge_pages"));
    assertEquals(2, space.numbers().get("huge_pages_since"));
    assertBytes(noise, space, 1);
    assertBytes(hard, space, 2);
    assertEquals(0, recompress(Upkeep.Target.HUGE).pages());
    // The mark goes with the content.
    put(space, 1, hard);
    assertEquals("raw huge", state(space, 1));
    assertEquals(1, recompress(Upkeep.Target.HUGE).pages());
  }

  @Test
  void aPageThatIsMarkedIncompressibleIsNotTriedAgain() {
    register(node.zram);
    PageSpace space = node.open("a", Protection.ANY);
    for (int i = 0; i < 10; i++) {
      put(space, i, HardPages.noise(i, 4096));
    }
    Recompressor first = new Recompressor(node.dispatcher, List.of(space), word -> true);
    await(first.run());
    assertEquals(10, first.looked());
    Recompressor second = new Recompressor(node.dispatcher, List.of(space), word -> true);
    await(second.run());
    assertEquals(0, second.looked());
  }

  @Test
  void marksGoDownWithThePage() {
    register(node.zram, disk);
    PageSpace space = node.open("a", Protection.ANY);
    byte[] hard = HardPages.rawUntilTriedHard(codec, 5, 4096);
    put(space, 1, HardPages.noise(1, 4096));
    put(space, 2, hard);
    recompress(Upkeep.Target.HUGE);
    demoteAll();
    assertEquals("raw demoted incompressible", state(space, 1));
    assertEquals("demoted recompressed", state(space, 2));
    assertEquals("disk", slot(space, 2).getString("backend"));
    assertEquals(0, markIdle(0));
    assertEquals(0, space.numbers().get("compr_data_size"));
    // Loaded twice it comes back to RAM, in the form it left in.
    assertBytes(hard, space, 2);
    assertBytes(hard, space, 2);
    assertEquals("recompressed", state(space, 2));
    assertBytes(hard, space, 2);
  }

  @Test
  void whatLiesBelowTooIsLeftAlone() {
    register(node.zram, disk);
    PageSpace space = node.open("a", Protection.ANY);
    space.modes().setWritethrough(true);
    put(space, 1, HardPages.text(1, 4096));
    assertEquals(1, extrasIn(space, "disk"));
    markIdle(0);
    assertEquals(0, recompress(Upkeep.Target.IDLE).pages());
    assertEquals("idle", state(space, 1));
  }

  @Test
  void sameFilledPagesAreNobodysBusiness() {
    register(node.zram);
    PageSpace space = node.open("a", Protection.ANY);
    put(space, 1, new byte[4096]);
    put(space, 2, new byte[800]);
    assertEquals(1, markIdle(0));
    assertEquals(0, recompress(Upkeep.Target.IDLE).pages());
    assertEquals("same", state(space, 1));
    assertEquals("same idle", state(space, 2));
  }

  @Test
  void agesGrowByTheClockAndAnyAccessTakesThemBack() {
    register(node.zram);
    PageSpace space = node.open("a", Protection.ANY);
    node.dispatcher.upkeep().start();
    for (int i = 0; i < 3; i++) {
      put(space, i, HardPages.noise(i, 4096));
    }
    scheduler.advance(200_000);
    load(space, 1);
    put(space, 2, HardPages.noise(9, 4096));
    assertEquals(1, markIdle(60));
    assertEquals("raw huge idle incompressible", state(space, 0));
    assertTrue(slot(space, 0).getLong("idleSeconds") >= 60);
    assertEquals(0, slot(space, 1).getLong("idleSeconds"));
    assertEquals(0, markIdle(IdleAge.MAX_SECONDS));
    scheduler.advance(4 * IdleAge.MAX_SECONDS * 1_000);
    assertEquals(3, markIdle(IdleAge.MAX_SECONDS));
    TmemException error = assertThrows(TmemException.class, () -> markIdle(122_881));
    assertEquals(ErrorCode.INVALID_OPTION, error.code());
    node.dispatcher.upkeep().stop();
  }

  @Test
  void aQuietNodeRecompressesByItselfAndABusyOneDoesNot() {
    register(node.zram);
    PageSpace space = node.open("a", Protection.ANY);
    node.dispatcher.upkeep().start();
    for (int i = 0; i < 600; i++) {
      put(space, i, HardPages.text(i, 4096));
    }
    long before = space.ram().zpageBytes();
    for (int second = 0; second < 300; second++) {
      for (int i = 0; i <= QuietHours.FEW_OPERATIONS; i++) {
        await(space.contains(0));
        assertEquals(4096, load(space, 599).length);
      }
      scheduler.advance(1_000);
    }
    assertEquals(before, space.ram().zpageBytes());
    // One tick takes a part of the pages only.
    while (space.ram().zpageBytes() == before) {
      scheduler.advance(QuietHours.TICK_MILLIS);
    }
    long recompressed = recompressedPages(space);
    assertTrue(recompressed <= QuietHours.PAGES_PER_TICK + 2 * 169, recompressed + " pages");
    scheduler.advance(200_000);
    assertEquals(600, recompressedPages(space));
    assertTrue(space.ram().zpageBytes() < before);
    for (int i = 0; i < 600; i++) {
      assertBytes(HardPages.text(i, 4096), space, i);
    }
    node.dispatcher.upkeep().stop();
  }

  private long recompressedPages(PageSpace space) {
    return await(node.dispatcher.slots(space, 0, Long.MAX_VALUE, 1000)).stream()
        .filter(slot -> slot.getJsonArray("state").contains("recompressed"))
        .count();
  }

  @Test
  void aFullPoolRefusesTheSmallerFormAndKeepsTheOlderOne() {
    register(node.zram);
    PageSpace space = node.open("a", Protection.ANY);
    int stored = 0;
    while (space.storeNow(stored, ByteBuffer.wrap(HardPages.text(stored, 4096)))) {
      stored++;
    }
    markIdle(0);
    recompress(Upkeep.Target.IDLE);
    assertEquals(List.of(), new Audit(node.dispatcher).check());
    for (int i = 0; i < stored; i++) {
      assertBytes(HardPages.text(i, 4096), space, i);
    }
  }

  @Test
  void nothingRunsAfterStop() {
    register(node.zram);
    PageSpace space = node.open("a", Protection.ANY);
    node.dispatcher.upkeep().start();
    put(space, 1, HardPages.text(1, 4096));
    node.dispatcher.upkeep().stop();
    scheduler.advance(600_000);
    assertEquals("", state(space, 1));
    assertEquals(0, slot(space, 1).getLong("idleSeconds"));
  }
}
