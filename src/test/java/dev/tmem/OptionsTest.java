package dev.tmem;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.json.JsonObject;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Values are read as people write them, and a refusal names key, value and what is allowed. */
class OptionsTest {

  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "4096, 4096",
    "64k, 65536",
    "64m, 67108864",
    "64M, 67108864",
    "64 MiB, 67108864",
    "64mb, 67108864",
    "4g, 4294967296",
    "4 GiB, 4294967296",
    "1t, 1099511627776",
    "512 b, 512",
    "8388607t, 9223370937343148032",
  })
  void bytesAreReadWithUnits(String text, long bytes) {
    assertEquals(bytes, Options.bytes("memoryLimit", text));
  }

  @Test
  void bytesAreReadAsNumbers() {
    assertEquals(7, Options.bytes("memoryLimit", 7));
    assertEquals(7L << 40, Options.bytes("memoryLimit", 7L << 40));
    assertEquals(-1, Options.bytes("lendLimit", -1));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "m", "-1", "64 x", "1.5g", "64mm", "0x10", "8388608t", "9999999999999999"})
  void badBytesAreRefused(String text) {
    assertRefused(() -> Options.bytes("memoryLimit", text), "memoryLimit", text);
  }

  @Test
  void bytesOfAnotherTypeAreRefused() {
    assertRefused(() -> Options.bytes("memoryLimit", null), "memoryLimit", "null");
    assertRefused(() -> Options.bytes("memoryLimit", 1.5), "memoryLimit", "1.5");
    assertRefused(() -> Options.bytes("memoryLimit", true), "memoryLimit", "true");
    assertRefused(() -> Options.bytes("memoryLimit", new JsonObject()), "memoryLimit", "{}");
  }

  @Test
  void wholeNumbersAreNothingElse() {
    assertEquals(3, Options.wholeNumber("maxAreas", 3));
    assertEquals(3L << 40, Options.wholeNumber("maxPages", 3L << 40));
    for (Object wrong : new Object[] {"3", 3.0, true, new JsonObject()}) {
      assertRefused(() -> Options.wholeNumber("maxAreas", wrong), "maxAreas", wrong);
    }
    assertRefused(() -> Options.wholeNumber("maxAreas", null), "maxAreas", null);
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0 B",
    "1023, 1023 B",
    "1024, 1.0 KiB",
    "1536, 1.5 KiB",
    "67108864, 64.0 MiB",
    "4294967296, 4.0 GiB",
    "9223372036854775807, 8.0 EiB",
  })
  void bytesForPeople(long bytes, String text) {
    assertEquals(text, Options.humanBytes(bytes));
  }

  @Test
  void namesAreLettersDigitsAndThreeSigns() {
    assertEquals("node-1.a_B", Options.name("name", "node-1.a_B"));
    assertEquals("...", Options.name("name", "..."));
    assertEquals("x".repeat(128), Options.name("name", "x".repeat(128)));
    for (String wrong :
        new String[] {"", ".", "..", "a b", "a/b", "a:b", "\u00e9", "x".repeat(129), "a\n", "*"}) {
      assertRefused(() -> Options.name("name", wrong), "name", wrong);
    }
  }

  @Test
  void rangesIncludeTheirEnds() {
    assertEquals(1, Options.inRange("maxAreas", 1, 1, 9));
    assertEquals(9, Options.inRange("maxAreas", 9, 1, 9));
    assertRefused(() -> Options.inRange("maxAreas", 0, 1, 9), "maxAreas", "0", "1 to 9");
    assertRefused(() -> Options.inRange("maxAreas", 10, 1, 9), "maxAreas", "10", "1 to 9");
  }

  @Test
  void choicesAreReadInAnyCase() {
    for (Protection protection : Protection.values()) {
      String word = Options.word(protection);
      assertEquals(protection, Options.choice("protection", Protection.class, word));
      assertEquals(protection, Options.choice("protection", Protection.class, protection.name()));
    }
    assertRefused(
        () -> Options.choice("protection", Protection.class, "all"),
        "protection",
        "all",
        "any, disk, replica, none");
    assertRefused(() -> Options.choice("protection", Protection.class, null), "protection", null);
  }

  @Test
  void unknownKeysAreNamedWithTheKnownOnes() {
    Options.checkKeys("a node", new JsonObject().put("b", 1), Set.of("a", "b"));
    assertRefused(
        () -> Options.checkKeys("a node", new JsonObject().put("c", 1), Set.of("b", "a")),
        "a node",
        "c",
        "a, b");
  }

  /** Asserts that a call is refused as a bad option, with these parts in the message. */
  static void assertRefused(Runnable call, @Nullable Object... parts) {
    TmemException refused = assertThrows(TmemException.class, call::run);
    assertEquals(ErrorCode.INVALID_OPTION, refused.code());
    String message = String.valueOf(refused.getMessage());
    for (Object part : parts) {
      assertTrue(message.contains(String.valueOf(part)), () -> message + " names " + part);
    }
  }
}
