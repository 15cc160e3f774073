package dev.tmem.cli.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.tmem.ErrorCode;
import dev.tmem.TmemException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class NodeClientTest {

  private static void assertRefused(
      ErrorCode code, String message, @Nullable String name, List<String> nodes) {
    TmemException refused = assertThrows(TmemException.class, () -> NodeClient.choose(name, nodes));
    assertEquals(code, refused.code());
    assertEquals(message, refused.getMessage());
  }

  @Test
  void theOnlyNodeIsTakenWithoutAsking() {
    assertEquals("a", NodeClient.choose(null, List.of("a")));
    assertEquals("b", NodeClient.choose("b", List.of("a", "b")));
  }

  @Test
  void ofSeveralOneMustBeNamed() {
    assertRefused(
        ErrorCode.INVALID_OPTION,
        "there are several nodes: a, b; say which with --node",
        null,
        List.of("a", "b"));
  }

  @Test
  void whoIsNotThereIsNotThere() {
    assertRefused(
        ErrorCode.NODE_UNREACHABLE, "there is no node c; there are a, b", "c", List.of("a", "b"));
    assertRefused(ErrorCode.NODE_UNREACHABLE, "there is no node in this cluster", null, List.of());
  }
}
