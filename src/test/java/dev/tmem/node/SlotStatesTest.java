package dev.tmem.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tmem.SwapArea;
import dev.tmem.SwapAreaOptions;
import dev.tmem.Taken;
import dev.tmem.Tmem;
import dev.tmem.TmemOptions;
import dev.tmem.Until;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import io.vertx.junit5.VertxExtension;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** What a whole node says of single pages, as zram's {@code block_state} does. */
@ExtendWith(VertxExtension.class)
class SlotStatesTest {

  private static final int PAGE_BYTES = 4096;

  /** Offsets of pages by what they are made of; each kind has some. */
  private static final long SAME = 10;

  private static final long TEXT = 20;
  private static final long NOISE = 30;
  private static final int EACH = 3;

  @TempDir Path base = Path.of("");

  private Tmem tmem;
  private SwapArea area;

  @BeforeEach
  void start(Vertx vertx) {
    tmem =
        Until.done(
            Tmem.start(
                vertx,
                new TmemOptions()
                    .setName("n")
                    .setDataFolder(base.resolve("n").toString())
                    .setMemoryLimit(64 << 20)
                    .setSwapFileSize(48L << 20)));
    area = Until.done(tmem.swapOn("a", new SwapAreaOptions()));
    Random random = new Random(7);
    for (int i = 0; i < EACH; i++) {
      byte[] page = new byte[PAGE_BYTES];
      Until.done(area.store(SAME + i, Buffer.buffer(page)));
      Arrays.fill(page, (byte) 'x');
      page[i] = 1;
      Until.done(area.store(TEXT + i, Buffer.buffer(page)));
      random.nextBytes(page);
      Until.done(area.store(NOISE + i, Buffer.buffer(page)));
    }
  }

  @AfterEach
  void close() {
    Until.done(tmem.close());
  }

  private JsonObject admin(String command, Object... arguments) {
    JsonObject json = new JsonObject();
    for (int i = 0; i < arguments.length; i += 2) {
      json.put((String) arguments[i], arguments[i + 1]);
    }
    return Until.done(tmem.admin(command, json));
  }

  /** What the command says of all pages, by offset. */
  private Map<Long, JsonObject> slots(Object... range) {
    Object[] arguments = Arrays.copyOf(new Object[] {"area", "a"}, 2 + range.length);
    System.arraycopy(range, 0, arguments, 2, range.length);
    Map<Long, JsonObject> slots = new TreeMap<>();
    admin("slots", arguments).getJsonArray("slots").stream()
        .map(JsonObject.class::cast)
        .forEach(slot -> slots.put(slot.getLong("offset"), slot));
    return slots;
  }

  private JsonObject slot(long offset) {
    return Objects.requireNonNull(slots("from", offset, "to", offset).get(offset), "no slot");
  }

  private void shows(long offset, String where, String codec, String... states) {
    JsonObject slot = slot(offset);
    assertEquals(where, slot.getString("backend"), slot::encode);
    assertEquals(codec, slot.getString("codec"), slot::encode);
    assertEquals(List.of(states), slot.getJsonArray("state").getList(), slot::encode);
  }

  @Test
  void whatAPageIsMadeOf() {
    shows(SAME, "same", "same", "same");
    shows(TEXT, "zram", "lz4");
    shows(NOISE, "zram", "raw", "raw", "huge");
    assertFalse(slot(SAME).containsKey("length"), "a same-filled page takes its slot only");
    assertTrue(slot(TEXT).getInteger("length") < PAGE_BYTES / 2);
    assertEquals(PAGE_BYTES, slot(NOISE).getInteger("length"));
  }

  @Test
  void theRangeIsThatOfTheOffsetsAskedFor() {
    assertEquals(3 * EACH, slots().size());
    assertEquals(List.of(11L, 12L, 20L), List.copyOf(slots("from", 11, "to", 20).keySet()));
    assertEquals(List.of(11L, 12L), List.copyOf(slots("from", 11, "max", 2).keySet()));
    assertTrue(slots("from", 13, "to", 19).isEmpty());
    Until.done(area.invalidatePage(TEXT));
    assertFalse(slots().containsKey(TEXT), "a page that is not there has no slot");
  }

  @Test
  void anIdlePageIsIdleUntilItIsAccessed() {
    // Same-filled pages lie in their slots: there is nothing to gain from them.
    assertEquals(2 * EACH, admin("mark-idle", "area", "a").getInteger("marked"));
    shows(SAME, "same", "same", "same");
    shows(TEXT, "zram", "lz4", "idle");
    shows(NOISE, "zram", "raw", "raw", "huge", "idle");
    assertTrue(slot(TEXT).getInteger("idleSeconds") >= 0);
    Until.done(area.load(TEXT));
    shows(TEXT, "zram", "lz4");
    shows(TEXT + 1, "zram", "lz4", "idle");
    Until.done(area.store(NOISE, Buffer.buffer("short")));
    assertFalse(slot(NOISE).getJsonArray("state").contains("idle"));
    admin("recompress", "what", "huge", "area", "a");
    shows(NOISE + 1, "zram", "raw", "raw", "huge", "idle", "incompressible");
  }

  @Test
  void aDemotedPageSaysWhereItIs() {
    admin("writeback", "what", NOISE + "-" + NOISE, "area", "a");
    admin("writeback", "what", TEXT + "-" + TEXT, "area", "a");
    shows(NOISE, "swapfile", "raw", "raw", "demoted");
    shows(TEXT, "swapfile", "lz4", "demoted");
    shows(NOISE + 1, "zram", "raw", "raw", "huge");
    assertFalse(slot(TEXT).containsKey("idleSeconds"), "only pages in RAM have an age");
    Taken taken = Objects.requireNonNull(Until.done(area.take(TEXT + 1)));
    shows(TEXT + 1, "zram", "lz4", "taken");
    Until.done(taken.putBack());
    shows(TEXT + 1, "zram", "lz4");
  }
}
