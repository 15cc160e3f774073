package dev.tmem.node;

import static dev.tmem.node.NodeKit.fill;
import static dev.tmem.node.NodeKit.options;
import static dev.tmem.node.NodeKit.page;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tmem.Protection;
import dev.tmem.SwapArea;
import dev.tmem.SwapAreaOptions;
import dev.tmem.Tmem;
import dev.tmem.Until;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Nodes in processes of their own that are told to end (SIGTERM), under load. */
class RollingRestartIT {

  private static final int NODES = 3;
  private static final int PAGES = 3_500;
  private static final int EXIT_BY_SIGNAL = 128 + 15;

  @TempDir Path base;

  /** One node's area, and what each of its pages holds: the seed of its last store. */
  private static final class Owned {
    final String name;
    final long[] seeds = new long[PAGES];
    Tmem client;
    SwapArea area;

    Owned(Vertx vertx, String name) {
      this.name = name;
      this.client = Until.done(Tmem.connect(vertx, name));
      this.area = Until.done(client.swapOn("of-" + name, new SwapAreaOptions()));
      for (int offset = 0; offset < PAGES; offset += 250) {
        long[] offsets = new long[250];
        List<Buffer> pages = new ArrayList<>();
        for (int i = 0; i < offsets.length; i++) {
          offsets[i] = (long) offset + i;
          seeds[offset + i] = (long) offset + i;
          pages.add(Buffer.buffer(page(offset + i)));
        }
        Until.done(area.storeAll(offsets, pages));
      }
    }

    /** A store, or a load that has to find the page as it was stored. */
    void operate(Random random) {
      int offset = random.nextInt(PAGES);
      if (random.nextInt(3) == 0) {
        long seed = random.nextLong();
        Until.done(area.store(offset, Buffer.buffer(page(seed))));
        seeds[offset] = seed;
      } else {
        verify(offset);
      }
    }

    void verify(int offset) {
      Buffer page = Objects.requireNonNull(Until.done(area.load(offset)), name + " " + offset);
      assertArrayEquals(page(seeds[offset]), page.getBytes(), name + " " + offset);
    }

    JsonObject stats() {
      return Until.done(client.admin("stats", new JsonObject()));
    }
  }

  private NodeOptions node(int index) {
    return options(base, "n" + index, 16, 64);
  }

  @Test
  void oneNodeAfterTheOtherIsRestartedAndTheOthersLoseNothing() throws Exception {
    NodeProcess[] nodes = new NodeProcess[NODES];
    List<Owned> up = new ArrayList<>();
    try {
      for (int i = 0; i < NODES; i++) {
        nodes[i] = NodeProcess.start(base, node(i));
      }
      Vertx vertx = ClusterLauncher.client(options(base, "nobody", 16, 0));
      try {
        for (int i = 0; i < NODES; i++) {
          up.add(new Owned(vertx, "n" + i));
        }
        try (Load load = new Load(up)) {
          for (int i = 0; i < NODES; i++) {
            awaitProtected(up);
            synchronized (up) {
              up.remove(0);
            }
            assertEquals(EXIT_BY_SIGNAL, nodes[i].terminate(), nodes[i].said());
            assertTrue(!nodes[i].said().contains("not taken back"), nodes[i].said());
            nodes[i] = NodeProcess.start(base, node(i));
            Owned again = new Owned(vertx, "n" + i);
            synchronized (up) {
              up.add(again);
            }
            load.assertWell();
          }
          awaitProtected(up);
        }
        for (Owned owned : up) {
          for (int offset = 0; offset < PAGES; offset++) {
            owned.verify(offset);
          }
          assertEquals(0L, lost(owned), owned.name);
        }
      } finally {
        ClusterLauncher.leave(vertx);
      }
    } finally {
      for (NodeProcess node : nodes) {
        if (node != null) {
          node.close();
        }
      }
    }
  }

  private static long lost(Owned owned) {
    return owned.stats().getJsonObject("counters").getLong("pages_lost");
  }

  private static void awaitProtected(List<Owned> up) throws Exception {
    for (Owned owned : List.copyOf(up)) {
      Until.until(
          () -> owned.stats().getLong("underProtectedPages") == 0,
          "all is protected at " + owned.name);
    }
  }

  /** Stores and loads without a pause at the nodes that are up. */
  private static final class Load implements AutoCloseable {
    private final AtomicBoolean ended = new AtomicBoolean();
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    private final Thread thread;

    Load(List<Owned> up) {
      Random random = new Random(11);
      thread =
          new Thread(
              () -> {
                try {
                  while (!ended.get()) {
                    synchronized (up) {
                      up.get(random.nextInt(up.size())).operate(random);
                    }
                  }
                } catch (RuntimeException | AssertionError refused) {
                  failure.set(refused);
                }
              },
              "load");
      thread.start();
    }

    void assertWell() {
      Throwable failed = failure.get();
      if (failed != null) {
        throw new AssertionError("an operation on a node that is up failed", failed);
      }
    }

    @Override
    public void close() {
      ended.set(true);
      try {
        thread.join();
      } catch (InterruptedException interrupted) {
        throw new AssertionError(interrupted);
      }
      assertWell();
    }
  }

  @Test
  void aNodeThatHasToLeavePagesBehindSaysSoAndEndsWithStatusOne() throws Exception {
    NodeOptions hurried = options(base, "beta", 16, 0);
    hurried.getTmem().setLeaveTimeoutMillis(300);
    try (NodeProcess alpha = NodeProcess.start(base, options(base, "alpha", 16, 0));
        NodeProcess beta = NodeProcess.start(base, hurried)) {
      Vertx vertx = ClusterLauncher.client(options(base, "nobody", 16, 0));
      try {
        Tmem owner = Until.done(Tmem.connect(vertx, "alpha"));
        Tmem lender = Until.done(Tmem.connect(vertx, "beta"));
        SwapAreaOptions unprotected = new SwapAreaOptions().setProtection(Protection.NONE);
        SwapArea area = Until.done(owner.swapOn("a", unprotected));
        Until.until(
            () -> {
              fill(area, 20_000);
              JsonObject stats = Until.done(lender.admin("stats", new JsonObject()));
              return stats.getLong("foreignPages") > 0;
            },
            "alpha and beta are full");
        assertEquals(1, beta.terminate(), beta.said());
        assertTrue(beta.said().contains("pages of peers were not taken back"), beta.said());
        assertTrue(alpha.said().contains("ready alpha"));
      } finally {
        ClusterLauncher.leave(vertx);
      }
    }
  }
}
