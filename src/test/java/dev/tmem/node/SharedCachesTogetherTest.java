package dev.tmem.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tmem.CleanCacheOptions;
import dev.tmem.ErrorCode;
import dev.tmem.ObjectKey;
import dev.tmem.PeerTransport;
import dev.tmem.SharedCleanCache;
import dev.tmem.Tmem;
import dev.tmem.TmemException;
import dev.tmem.Until;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Shared caches with everything wired: nodes in a cluster, a client, a node alone. */
class SharedCachesTogetherTest {

  private static final UUID CACHE = UUID.fromString("6f1c2a4e-8d3b-4c5f-9a7e-0b1d2c3e4f50");

  @TempDir Path base;

  private NodeOptions options(String name, PeerTransport transport) {
    NodeOptions options = new NodeOptions();
    options
        .getTmem()
        .setName(name)
        .setDataFolder(base.resolve(name).toString())
        .setMemoryLimit(16L << 20)
        .setSwapFileSize(0)
        .setTransport(transport);
    options.getCluster().setName(base.getFileName().toString());
    return options;
  }

  private static int members(RunningNode node) {
    JsonObject answer = Until.done(node.tmem().admin("shared", new JsonObject()));
    return answer.getBoolean("lease") ? answer.getJsonArray("members").size() : 0;
  }

  private static SharedCleanCache open(Tmem tmem) {
    return Until.done(tmem.sharedCleanCache(CACHE, new CleanCacheOptions()));
  }

  @Test
  void nodesAndAClientSeeTheSamePagesUntilOneLeaves() throws Exception {
    try (RunningNode alpha = ClusterLauncher.node(options("alpha", PeerTransport.CHANNEL))) {
      SharedCleanCache first = open(alpha.tmem());
      Vertx vertx = ClusterLauncher.client(options("nobody", PeerTransport.CHANNEL));
      try {
        Tmem remote = Until.done(Tmem.connect(vertx, "alpha"));
        SharedCleanCache client = open(remote);
        try (RunningNode beta = ClusterLauncher.node(options("beta", PeerTransport.EVENTBUS))) {
          Until.until(() -> members(alpha) == 2 && members(beta) == 2, "one view");
          SharedCleanCache second = open(beta.tmem());
          for (int i = 0; i < 50; i++) {
            int index = i;
            ObjectKey object = ObjectKey.of("object " + i);
            Buffer page = Buffer.buffer("page " + i);
            Until.done(client.put(object, i, page));
            Until.until(() -> page.equals(Until.done(second.get(object, index))), "a hit");
            Until.done(first.invalidateObject(object));
            assertNull(Until.done(second.get(object, i)));
          }
          Until.done(second.put(ObjectKey.of(1), 1, Buffer.buffer("last")));
          Buffer loaded =
              Until.done(
                  second.getOrLoad(
                      ObjectKey.of(2), 1, () -> Future.succeededFuture(Buffer.buffer("made"))));
          assertEquals("made", loaded.toString());
        }
        Until.until(() -> members(alpha) == 1, "beta has left");
        Until.done(client.put(ObjectKey.of(3), 1, Buffer.buffer("alone")));
        Until.until(() -> Until.done(first.get(ObjectKey.of(3), 1)) != null, "a hit");
        Until.done(client.close());
        Until.done(remote.close());
      } finally {
        ClusterLauncher.leave(vertx);
      }
    }
  }

  /** Whoever shares caches becomes a home of pages, and its going costs the others some. */
  @Test
  void aStartThatFailsAmongPeersIsNoneOfTheirBusiness() throws Exception {
    try (RunningNode alpha = ClusterLauncher.node(options("alpha", PeerTransport.CHANNEL))) {
      Until.until(() -> members(alpha) == 1, "a view");
      NodeOptions wrong = options("beta", PeerTransport.CHANNEL);
      wrong
          .getTmem()
          .setBackends(new JsonObject().put("attic", new JsonObject().put("provider", "mistyped")));
      TmemException refused =
          assertThrows(TmemException.class, () -> ClusterLauncher.node(wrong).close());
      assertEquals(ErrorCode.UNKNOWN_BACKEND, refused.code());
      assertEquals(1, view(alpha), "the view of alpha alone");
      try (RunningNode gamma = ClusterLauncher.node(options("gamma", PeerTransport.CHANNEL))) {
        Until.until(() -> members(alpha) == 2 && members(gamma) == 2, "one view");
        JsonObject peers = Until.done(gamma.tmem().admin("peers", new JsonObject()));
        assertFalse(peers.encode().contains("beta"), peers.encodePrettily());
      }
    }
  }

  private static long view(RunningNode node) {
    return Until.done(node.tmem().admin("shared", new JsonObject())).getLong("view");
  }

  @Test
  void aNodeInNoClusterSharesWithItself() {
    Vertx vertx = Vertx.vertx();
    try {
      Tmem tmem = Until.done(Tmem.start(vertx, options("alone", PeerTransport.CHANNEL).getTmem()));
      SharedCleanCache cache = open(tmem);
      Until.done(cache.put(ObjectKey.of(1), 1, Buffer.buffer("here")));
      Buffer page = Until.done(cache.get(ObjectKey.of(1), 1));
      assertTrue(page != null && page.toString().equals("here"));
      Until.done(cache.close());
      Until.done(tmem.close());
    } finally {
      Until.done(vertx.close());
    }
  }
}
