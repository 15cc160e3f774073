package dev.tmem;

import static dev.tmem.OptionsTest.assertRefused;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.vertx.core.json.JsonObject;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SwapAreaOptionsTest {

  private static SwapAreaOptions everythingSet() {
    return new SwapAreaOptions()
        .setPageSize(16384)
        .setMaxPages(1000)
        .setProtection(Protection.REPLICA)
        .setWritethrough(true)
        .setRamGuaranteed(RamShare.bytes(1 << 20))
        .setRamCap(RamShare.percent(30));
  }

  @Test
  void defaultsAreTheDocumentedOnes() {
    SwapAreaOptions options = new SwapAreaOptions();
    assertEquals(4096, options.getPageSize());
    assertEquals(1L << 48, options.getMaxPages());
    assertEquals(Protection.ANY, options.getProtection());
    assertFalse(options.isWritethrough());
    assertEquals(options, new SwapAreaOptions(new JsonObject()));
  }

  @Test
  void jsonKeepsEverythingBothWays() {
    for (SwapAreaOptions options : new SwapAreaOptions[] {new SwapAreaOptions(), everythingSet()}) {
      SwapAreaOptions back = new SwapAreaOptions(new JsonObject(options.toJson().encode()));
      assertEquals(options, back);
      assertEquals(options.hashCode(), back.hashCode());
      assertEquals(options.toString(), back.toString());
    }
    assertNotEquals(new SwapAreaOptions(), everythingSet());
  }

  @Test
  void aCopyIsEqualAndIndependent() {
    SwapAreaOptions options = everythingSet();
    SwapAreaOptions copy = new SwapAreaOptions(options);
    assertEquals(options, copy);
    copy.setMaxPages(1001);
    assertEquals(1000, options.getMaxPages());
  }

  @Test
  void pageSizesMayHaveUnits() {
    JsonObject json = new JsonObject().put("pageSize", "64k");
    assertEquals(65536, new SwapAreaOptions(json).getPageSize());
  }

  @ParameterizedTest
  @ValueSource(ints = {1024, 2048, 4096, 8192, 16384, 32768, 65536})
  void powersOfTwoAreTaken(int pageSize) {
    assertEquals(pageSize, new SwapAreaOptions().setPageSize(pageSize).getPageSize());
  }

  @ParameterizedTest
  @ValueSource(longs = {-4096, 0, 512, 1023, 1025, 6144, 65537, 131072, 4294971392L})
  void otherPageSizesAreRefused(long pageSize) {
    JsonObject json = new JsonObject().put("pageSize", pageSize);
    assertRefused(() -> new SwapAreaOptions(json), "pageSize", pageSize, "1024 to 65536");
  }

  @ParameterizedTest
  @ValueSource(longs = {-1, 0, (1L << 48) + 1})
  void maxPagesOutOfRangeAreRefused(long maxPages) {
    assertRefused(() -> new SwapAreaOptions().setMaxPages(maxPages), "maxPages", maxPages);
  }

  @Test
  void valuesOfAnotherTypeAreRefused() {
    for (String key : new String[] {"pageSize", "maxPages", "protection", "writethrough"}) {
      JsonObject text = new JsonObject().put(key, "perhaps");
      assertRefused(() -> new SwapAreaOptions(text), key, "perhaps");
      JsonObject nothing = new JsonObject().putNull(key);
      assertRefused(() -> new SwapAreaOptions(nothing), key, "null");
    }
  }

  @Test
  void sharesOfRamAreBytesOrPercent() {
    JsonObject json = new JsonObject().put("ramGuaranteed", "64m").put("ramCap", "25%");
    SwapAreaOptions options = new SwapAreaOptions(json);
    assertEquals(RamShare.bytes(64 << 20), options.getRamGuaranteed());
    assertEquals(RamShare.percent(25), options.getRamCap());
    assertEquals(250, options.getRamCap().of(1_000));
    assertEquals(Long.MAX_VALUE, RamShare.ALL.of(Long.MAX_VALUE));
    for (String wrong : new String[] {"101%", "-1%", "%", "a%", "lots", "-5"}) {
      JsonObject bad = new JsonObject().put("ramCap", wrong);
      assertThrows(TmemException.class, () -> new SwapAreaOptions(bad), wrong);
    }
  }

  @Test
  void unknownKeysAreRefused() {
    JsonObject json = new JsonObject().put("durability", true);
    assertRefused(() -> new SwapAreaOptions(json), "durability", "pageSize", "writethrough");
  }
}
