package dev.tmem.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tmem.ErrorCode;
import dev.tmem.Fsync;
import dev.tmem.SwapArea;
import dev.tmem.SwapAreaOptions;
import dev.tmem.Tmem;
import dev.tmem.TmemException;
import dev.tmem.TmemOptions;
import dev.tmem.Until;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.junit5.VertxExtension;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Durable areas as a client of their node sees them, over the event bus. */
@ExtendWith(VertxExtension.class)
class DurableClientTest {

  private static final String NODE = "n";

  @TempDir Path base = Path.of("");

  private Tmem start(Vertx vertx) {
    return Until.done(
        Tmem.start(
            vertx,
            new TmemOptions()
                .setName(NODE)
                .setDataFolder(base.resolve(NODE).toString())
                .setMemoryLimit(64 << 20)
                .setSwapFileSize(48L << 20)));
  }

  private static Buffer page(long number) {
    return Buffer.buffer("page " + number);
  }

  private static String refusal(Tmem tmem, String area, SwapAreaOptions options) {
    TmemException error =
        assertThrows(TmemException.class, () -> Until.done(tmem.swapOn(area, options)));
    assertEquals(ErrorCode.OPTIONS_MISMATCH, error.code());
    return String.valueOf(error.getMessage());
  }

  @Test
  void whatAClientStoredIsThereForTheNextOneAfterARestart(Vertx vertx) {
    SwapAreaOptions durable = new SwapAreaOptions().setDurable(true).setFsync(Fsync.ALWAYS);
    Tmem node = start(vertx);
    Tmem client = Until.done(Tmem.connect(vertx, NODE));
    SwapArea area = Until.done(client.swapOn("a", durable));
    SwapArea plain = Until.done(client.swapOn("plain", new SwapAreaOptions()));
    Until.done(plain.store(1, page(1)));
    for (int i = 0; i < 50; i++) {
      Until.done(area.store(i, page(i)));
    }
    long[] batch = {100, 101, 102};
    Until.done(area.storeAll(batch, List.of(page(100), page(101), page(102))));
    Until.done(area.invalidatePage(7));
    Until.done(area.invalidateAll(new long[] {8, 101}));
    Until.done(area.store(9, page(900)));
    Until.done(area.flush());
    Until.done(client.close());
    Until.done(node.close());

    node = start(vertx);
    client = Until.done(Tmem.connect(vertx, NODE));
    Tmem connected = client;
    assertThrows(TmemException.class, () -> Until.done(connected.area("plain")));
    SwapArea again = Until.done(client.area("a"));
    assertTrue(again.options().isDurable());
    assertEquals(Fsync.ALWAYS, again.options().getFsync());
    for (int i = 0; i < 50; i++) {
      Buffer expected = i == 7 || i == 8 ? null : page(i == 9 ? 900 : i);
      assertEquals(expected, Until.done(again.load(i)), "page " + i);
    }
    assertEquals(page(100), Until.done(again.load(100)));
    assertNull(Until.done(again.load(101)));
    assertEquals(50L, Until.done(again.pages()));
    Until.done(again.swapOff());
    Until.done(client.close());
    Until.done(node.close());

    node = start(vertx);
    Tmem last = Until.done(Tmem.connect(vertx, NODE));
    assertThrows(TmemException.class, () -> Until.done(last.area("a")));
    Until.done(last.close());
    Until.done(node.close());
  }

  @Test
  void whoeverWantsAnAreaOtherwiseDurableIsToldWhatItIs(Vertx vertx) {
    Tmem node = start(vertx);
    Tmem client = Until.done(Tmem.connect(vertx, NODE));
    SwapAreaOptions durable = new SwapAreaOptions().setDurable(true);
    Until.done(node.swapOn("durable", durable));
    Until.done(node.swapOn("plain", new SwapAreaOptions()));
    for (Tmem tmem : List.of(node, client)) {
      String text = refusal(tmem, "durable", new SwapAreaOptions());
      assertTrue(text.contains("area durable is open"), text);
      assertTrue(text.contains("durable is true, not false"), text);
      assertTrue(!text.contains("null") && !text.contains("fsync"), text);
      text = refusal(tmem, "plain", durable);
      assertTrue(text.contains("area plain is open"), text);
      assertTrue(text.contains("durable is false, not true"), text);
      text = refusal(tmem, "durable", new SwapAreaOptions(durable).setFsync(Fsync.ALWAYS));
      assertTrue(text.contains("fsync is interval, not always"), text);
      assertTrue(!text.contains("null"), text);
    }
    Until.done(client.close());
    Until.done(node.close());
  }
}
