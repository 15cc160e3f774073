package dev.tmem.node;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tmem.ErrorCode;
import dev.tmem.PeerTransport;
import dev.tmem.SwapArea;
import dev.tmem.SwapAreaOptions;
import dev.tmem.Tmem;
import dev.tmem.TmemException;
import dev.tmem.Until;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.eventbus.ReplyFailure;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Everything wired: a client, a node that overflows, and the peer it overflows to. */
class NodesTogetherTest {

  private static final int PAGES = 6_000;
  private static final int PAGE_SIZE = 4096;
  private static final int BATCH = 250;

  @TempDir Path base;

  private NodeOptions options(String name, int memoryMiB) {
    NodeOptions options = new NodeOptions();
    options
        .getTmem()
        .setName(name)
        .setDataFolder(base.resolve(name).toString())
        .setMemoryLimit((long) memoryMiB << 20)
        .setLendLimit((long) memoryMiB << 19)
        .setSwapFileSize(64 << 20);
    options.getCluster().setName(base.getFileName().toString());
    return options;
  }

  /** Does not compress. */
  private static byte[] page(int offset) {
    byte[] bytes = new byte[PAGE_SIZE];
    new Random(offset).nextBytes(bytes);
    return bytes;
  }

  @ParameterizedTest
  @EnumSource
  void pagesOverflowToAPeerAndComeBackWhenItLeaves(PeerTransport transport) throws Exception {
    NodeOptions owner = options("alpha", 16);
    owner.getTmem().setTransport(transport);
    try (RunningNode alpha = ClusterLauncher.node(owner)) {
      Vertx client = ClusterLauncher.client(options("nobody", 16));
      try {
        Tmem remote = Until.done(Tmem.connect(client, "alpha"));
        SwapArea area = Until.done(remote.swapOn("files", new SwapAreaOptions()));
        try (RunningNode beta = ClusterLauncher.node(options("beta", 64))) {
          String way = transport == PeerTransport.CHANNEL ? "channel" : "event bus";
          Until.until(() -> peers(alpha).contains("beta alive, " + way), "alpha hears of beta");
          store(area);
          Until.until(() -> foreignPages(beta) > 0, "pages lie with beta");
          JsonObject stats = Until.done(remote.admin("stats", new JsonObject()));
          assertEquals(PAGES, stats.getLong("pages"));
          assertTrue(stats.getLong("memoryUsedMax") <= 16 << 20, stats.encode());
          verify(area);
        }
        verify(area);
        SwapArea local = Until.done(alpha.tmem().area("files"));
        verify(local);
        JsonObject check = Until.done(alpha.tmem().admin("check", new JsonObject()));
        assertTrue(check.getBoolean("ok"), check.encode());
        Until.done(remote.close());
      } finally {
        ClusterLauncher.leave(client);
      }
    }
  }

  private static List<String> peers(RunningNode node) {
    List<String> peers = new ArrayList<>();
    JsonObject answer = Until.done(node.tmem().admin("peers", new JsonObject()));
    for (Object peer : answer.getJsonArray("peers")) {
      JsonObject json = (JsonObject) peer;
      peers.add(
          json.getString("name")
              + " "
              + json.getString("state")
              + ", "
              + json.getString("transport"));
    }
    return peers;
  }

  private static long foreignPages(RunningNode node) {
    return Until.done(node.tmem().admin("stats", new JsonObject())).getLong("foreignPages");
  }

  private static long[] offsets(int from) {
    long[] offsets = new long[BATCH];
    for (int i = 0; i < BATCH; i++) {
      offsets[i] = (long) from + i;
    }
    return offsets;
  }

  private static void store(SwapArea area) {
    for (int from = 0; from < PAGES; from += BATCH) {
      List<Buffer> pages = new ArrayList<>();
      for (int i = 0; i < BATCH; i++) {
        pages.add(Buffer.buffer(page(from + i)));
      }
      Until.done(area.storeAll(offsets(from), pages));
    }
  }

  private static void verify(SwapArea area) {
    for (int from = 0; from < PAGES; from += BATCH) {
      List<Buffer> pages = new ArrayList<>();
      Until.done(area.loadAll(offsets(from)))
          .forEach(page -> {
            assertNotNull(page);
            pages.add(page);
          });
      for (int i = 0; i < BATCH; i++) {
        assertArrayEquals(page(from + i), pages.get(i).getBytes(), "page " + (from + i));
      }
    }
  }

  @Test
  void aNodeThatIsNotThereIsToldSo() {
    try (RunningNode alpha = ClusterLauncher.node(options("alpha", 16))) {
      TmemException none =
          assertThrows(
              TmemException.class, () -> Until.done(Tmem.connect(alpha.vertx(), "nobody")));
      assertEquals(ErrorCode.NODE_UNREACHABLE, none.code());
    }
  }

  @Test
  void aBodyThatCannotBeDecodedIsAnswered() {
    try (RunningNode alpha = ClusterLauncher.node(options("alpha", 16))) {
      Vertx client = ClusterLauncher.client(options("nobody", 16));
      try {
        alpha.vertx().eventBus().registerCodec(new BrokenCodec());
        client.eventBus().registerCodec(new BrokenCodec());
        DeliveryOptions broken =
            new DeliveryOptions()
                .setCodecName(BrokenCodec.NAME)
                .addHeader("action", "store")
                .addHeader("area", "a")
                .addHeader("offset", "1");
        for (String address : List.of("tmem.alpha", "tmem.alpha.admin")) {
          Future<Message<Object>> answer = client.eventBus().request(address, "anything", broken);
          ReplyException reply = assertThrows(ReplyException.class, () -> Until.done(answer));
          assertEquals(ErrorCode.MALFORMED_MESSAGE.number(), reply.failureCode());
        }
      } finally {
        ClusterLauncher.leave(client);
      }
    }
  }

  @Test
  void everyNumberOfANodeIsDocumented() throws IOException {
    String document =
        Files.readString(Path.of(System.getProperty("basedir", "."), "docs/admin.md"));
    try (RunningNode alpha = ClusterLauncher.node(options("alpha", 16))) {
      Until.done(alpha.tmem().swapOn("a", new SwapAreaOptions()));
      JsonObject stats = Until.done(alpha.tmem().admin("stats", new JsonObject()));
      Set<String> names = new TreeSet<>(stats.fieldNames());
      names.addAll(stats.getJsonObject("counters").fieldNames());
      for (Object backend : stats.getJsonArray("backends")) {
        names.addAll(((JsonObject) backend).fieldNames());
        names.addAll(((JsonObject) backend).getJsonObject("counters").fieldNames());
      }
      names.removeIf(name -> document.contains("`" + name + "`"));
      assertEquals(Set.of(), names);
    }
  }

  private static boolean isSilent(Vertx vertx, String address) {
    Future<Message<Object>> answer =
        vertx
            .eventBus()
            .request(address, new JsonObject(), new DeliveryOptions().setSendTimeout(500));
    ReplyException reply = assertThrows(ReplyException.class, () -> Until.done(answer));
    return reply.failureType() == ReplyFailure.NO_HANDLERS;
  }

  @Test
  void undeployingInAClusterReleasesNameMemoryAndAddresses() throws Exception {
    ClusterOptions cluster = new ClusterOptions().setName(base.getFileName().toString());
    Vertx vertx = ClusterMember.of(cluster, false).start();
    try {
      for (int life = 0; life < 2; life++) {
        TmemVerticle verticle = new TmemVerticle(options("alpha", 16).getTmem());
        String id = Until.done(vertx.deployVerticle(verticle));
        SwapArea area = Until.done(verticle.tmem().swapOn("a", new SwapAreaOptions()));
        Until.done(area.store(1, Buffer.buffer("one")));
        NodeParts parts = verticle.running().parts();
        Until.done(vertx.undeploy(id));
        assertEquals(0, parts.account().used());
        for (String address : List.of("tmem.alpha", "tmem.alpha.admin", "tmem.admin")) {
          // the cluster manager tells its members of it a moment later
          Until.until(() -> isSilent(vertx, address), "nobody serves " + address);
        }
      }
    } finally {
      ClusterMember.leave(vertx);
    }
  }
}
