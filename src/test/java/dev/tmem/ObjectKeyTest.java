package dev.tmem;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class ObjectKeyTest {

  @Test
  void isMadeOfAUuidANumberOrAText() {
    UUID uuid = UUID.fromString("01234567-89ab-cdef-8123-456789abcdef");
    assertEquals(new ObjectKey(0x0123456789abcdefL, 0x8123456789abcdefL), ObjectKey.of(uuid));
    assertEquals(new ObjectKey(0, -1), ObjectKey.of(-1));
    // the beginning of SHA-256 of "abc", of the standard's own examples
    assertEquals("ba7816bf8f01cfea414140de5dae2223", ObjectKey.of("abc").toString());
    assertNotEquals(ObjectKey.of("a"), ObjectKey.of("b"));
    assertNotEquals(ObjectKey.of(""), ObjectKey.of(0));
    Set<ObjectKey> keys = new HashSet<>();
    for (int i = 0; i < 1_000; i++) {
      assertTrue(keys.add(ObjectKey.of("text " + i)));
      assertTrue(keys.add(ObjectKey.of(i)));
    }
  }

  @Test
  void itsTextIsReadBack() {
    for (ObjectKey key :
        new ObjectKey[] {
          ObjectKey.of(0), ObjectKey.of(-1), ObjectKey.of("x"), new ObjectKey(-1, 1)
        }) {
      assertEquals(32, key.toString().length());
      assertEquals(key, ObjectKey.parse(key.toString()));
    }
    UUID uuid = UUID.randomUUID();
    assertEquals(ObjectKey.of(uuid), ObjectKey.parse(uuid.toString()));
    for (String wrong : new String[] {"", "1", "g".repeat(32), "0".repeat(33), "+".repeat(32)}) {
      TmemException error = assertThrows(TmemException.class, () -> ObjectKey.parse(wrong));
      assertEquals(ErrorCode.MALFORMED_MESSAGE, error.code());
    }
  }
}
