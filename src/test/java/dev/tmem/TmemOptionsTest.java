package dev.tmem;

import static dev.tmem.OptionsTest.assertRefused;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.vertx.core.json.JsonObject;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TmemOptionsTest {

  private static TmemOptions everythingSet() {
    return new TmemOptions()
        .setName("node-7")
        .setDataFolder("/var/lib/tmem")
        .setMemoryLimit(64L << 20)
        .setLendLimit(32L << 20)
        .setSwapFileSize(1L << 30)
        .setMaxAreas(17)
        .setPeerTimeoutMillis(2_000)
        .setBorrowerGraceMillis(5_000)
        .setHandBackBytesPerSecond(1 << 20)
        .setRepatriateBytesPerSecond(1 << 19)
        .setRequestTimeoutMillis(3_000)
        .setMaxZpage(60)
        .setIncompressible(Incompressible.FORWARD)
        .setTiers(List.of("zram", "attic"))
        .setBackends(new JsonObject().put("attic", new JsonObject().put("provider", "directory")))
        .setTransport(PeerTransport.EVENTBUS)
        .setChannelPort(5721)
        .setBorrow(new BorrowOptions().setRack("r1").setInFlight(1 << 20))
        .setWriteback(List.of("huge", "idle"))
        .setWritebackLimit(1000)
        .setShared(new SharedOptions().setLimit(16L << 20).setTieBreak(false))
        .setLeaveTimeoutMillis(4_000);
  }

  @Test
  void defaultsAreTheDocumentedOnes() {
    TmemOptions options = new TmemOptions();
    assertNull(options.getName());
    assertNull(options.getDataFolder());
    assertEquals(TmemOptions.DEFAULT_MEMORY_LIMIT, options.getMemoryLimit());
    assertEquals(TmemOptions.DEFAULT_LEND_LIMIT, options.getLendLimit());
    assertEquals(TmemOptions.DEFAULT_SWAP_FILE_SIZE, options.getSwapFileSize());
    assertEquals(TmemOptions.DEFAULT_MAX_AREAS, options.getMaxAreas());
    assertEquals(TmemOptions.DEFAULT_MAX_ZPAGE, options.getMaxZpage());
    assertEquals(TmemOptions.DEFAULT_INCOMPRESSIBLE, options.getIncompressible());
    assertEquals(TmemOptions.DEFAULT_PEER_TIMEOUT_MILLIS, options.getPeerTimeoutMillis());
    assertEquals(TmemOptions.DEFAULT_REQUEST_TIMEOUT_MILLIS, options.getRequestTimeoutMillis());
    assertEquals(TmemOptions.DEFAULT_LEAVE_TIMEOUT_MILLIS, options.getLeaveTimeoutMillis());
    assertEquals(options, new TmemOptions(new JsonObject()));
  }

  @Test
  void jsonKeepsEverythingBothWays() {
    for (TmemOptions options : new TmemOptions[] {new TmemOptions(), everythingSet()}) {
      TmemOptions back = new TmemOptions(new JsonObject(options.toJson().encode()));
      assertEquals(options, back);
      assertEquals(options.hashCode(), back.hashCode());
      assertEquals(options.toString(), back.toString());
    }
    assertEquals(TmemOptions.keys(), everythingSet().toJson().fieldNames());
    assertNotEquals(new TmemOptions(), everythingSet());
  }

  @Test
  void theSizeOfTheSwapFileMayBeAShare() {
    TmemOptions half = new TmemOptions(new JsonObject().put("swapFileSize", "50%"));
    assertEquals(50, half.getSwapFilePercent());
    assertEquals(half, new TmemOptions(half.toJson()));
    assertEquals(0, half.setSwapFileSize(TmemOptions.MIN_SWAP_FILE_SIZE).getSwapFilePercent());
    assertThrows(TmemException.class, () -> half.setSwapFilePercent(101));
    assertThrows(TmemException.class, () -> half.setWriteback(List.of("cold")));
  }

  @Test
  void aCopyIsEqualAndIndependent() {
    TmemOptions options = everythingSet();
    TmemOptions copy = new TmemOptions(options);
    assertEquals(options, copy);
    copy.setMaxAreas(18);
    assertEquals(17, options.getMaxAreas());
  }

  @Test
  void sizesMayHaveUnits() {
    JsonObject json =
        new JsonObject()
            .put("memoryLimit", "64m")
            .put("lendLimit", "0")
            .put("swapFileSize", "1 GiB");
    TmemOptions options = new TmemOptions(json);
    assertEquals(64L << 20, options.getMemoryLimit());
    assertEquals(0, options.getLendLimit());
    assertEquals(1L << 30, options.getSwapFileSize());
  }

  @Test
  void ramzswapsRuleHasAName() {
    TmemOptions options = new TmemOptions(new JsonObject().put("maxZpage", "ramzswap"));
    assertEquals(TmemOptions.RAMZSWAP_MAX_ZPAGE, options.getMaxZpage());
    assertEquals("ramzswap", options.toJson().getString("maxZpage"));
    assertEquals(options, new TmemOptions(options.toJson()));
    assertRefused(
        () -> new TmemOptions(new JsonObject().put("maxZpage", "half")), "half", "ramzswap");
    assertRefused(() -> new TmemOptions(new JsonObject().put("maxZpage", 5000000000L)), "maxZpage");
    assertRefused(
        () -> new TmemOptions(new JsonObject().put("incompressible", "drop")),
        "incompressible",
        "keep, forward");
  }

  @Test
  void aNullInJsonLeavesTheDefault() {
    JsonObject json = new JsonObject().putNull("name").putNull("memoryLimit");
    assertEquals(new TmemOptions(), new TmemOptions(json));
  }

  @Test
  void unknownKeysAreRefused() {
    assertRefused(
        () -> new TmemOptions(new JsonObject().put("memorylimit", "64m")),
        "memorylimit",
        "memoryLimit");
  }

  @ParameterizedTest
  @CsvSource({
    "memoryLimit, 16777215",
    "memoryLimit, -1",
    "memoryLimit, 70368744177665",
    "lendLimit, -2",
    "lendLimit, 70368744177665",
    "swapFileSize, 16777215",
    "swapFileSize, -2",
    "maxAreas, 0",
    "maxAreas, 1000001",
    "maxAreas, 5000000000",
    "maxZpage, -1",
    "maxZpage, 101",
    "peerTimeoutMillis, 999",
    "peerTimeoutMillis, 600001",
    "borrowerGraceMillis, 999",
    "borrowerGraceMillis, 604800001",
    "handBackBytesPerSecond, 4095",
    "handBackBytesPerSecond, 1099511627777",
    "repatriateBytesPerSecond, -1",
    "repatriateBytesPerSecond, 1099511627777",
    "requestTimeoutMillis, 99",
    "requestTimeoutMillis, 600001",
    "leaveTimeoutMillis, -1",
    "leaveTimeoutMillis, 3600001",
  })
  void valuesOutOfRangeAreRefused(String key, long value) {
    assertRefused(() -> new TmemOptions(new JsonObject().put(key, value)), key, value, " to ");
  }

  @ParameterizedTest
  @CsvSource({
    "memoryLimit, 16777216",
    "memoryLimit, 0",
    "lendLimit, 0",
    "lendLimit, -1",
    "swapFileSize, 0",
    "swapFileSize, -1",
    "swapFileSize, 50331648",
    "maxAreas, 1",
    "maxAreas, 1000000",
    "maxZpage, 0",
    "maxZpage, 100",
    "peerTimeoutMillis, 1000",
    "borrowerGraceMillis, 1000",
    "handBackBytesPerSecond, 4096",
    "repatriateBytesPerSecond, 0",
    "requestTimeoutMillis, 100",
    "leaveTimeoutMillis, 0",
  })
  void valuesAtTheEndsAreTaken(String key, long value) {
    TmemOptions options = new TmemOptions(new JsonObject().put(key, value));
    assertEquals(options, new TmemOptions(options.toJson()));
  }

  @Test
  void badNamesAreRefused() {
    assertRefused(() -> new TmemOptions().setName("a node"), "name", "a node");
    assertRefused(() -> new TmemOptions(new JsonObject().put("name", "")), "name");
  }
}
