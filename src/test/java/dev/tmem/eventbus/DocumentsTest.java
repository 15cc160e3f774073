package dev.tmem.eventbus;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tmem.ErrorCode;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The documents name everything that the bus understands and answers. */
@ExtendWith(VertxExtension.class)
class DocumentsTest {

  private static String document(String path) throws IOException {
    return Files.readString(Path.of(System.getProperty("basedir", "."), path));
  }

  @Test
  void everyActionErrorAndCommandHasItsRow(Vertx vertx) throws IOException {
    String bus = document("docs/event-bus.md");
    String admin = document("docs/admin.md");
    try (BusNode node = new BusNode(vertx, "n1", "life-1")) {
      for (String action : node.service.actions()) {
        assertTrue(bus.contains("\n| `" + action + "` |"), action);
      }
      for (String command : node.commands.names()) {
        assertTrue(admin.contains("\n| `" + command + "` |"), command);
      }
    }
    for (ErrorCode code : ErrorCode.values()) {
      assertTrue(bus.contains("\n| " + code.number() + " | `" + code + "` |"), code::toString);
    }
  }
}
