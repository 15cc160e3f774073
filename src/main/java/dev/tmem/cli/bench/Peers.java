package dev.tmem.cli.bench;

import dev.tmem.PeerTransport;
import dev.tmem.Protection;
import dev.tmem.SwapArea;
import dev.tmem.SwapAreaOptions;
import dev.tmem.Tmem;
import dev.tmem.node.ClusterLauncher;
import dev.tmem.node.RunningNode;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Two nodes on the loopback: an owner in this process, and a {@link LenderMain} in another; and a
 * socket to the bare lender there. Closing it ends both and deletes what they wrote. Confined to
 * the main thread.
 */
final class Peers implements AutoCloseable {

  static final String RAMSTER = "ramster";
  static final String ZRAM = "zram";

  private static final String OWNER = "owner";
  private static final int HEAP_MIB = 512;
  private static final long ANSWER_SECONDS = 120;

  /** Looking takes time of the processors that are measured, and looking late does too. */
  private static final long LOOK_MILLIS = 3;

  private final Path folder;
  private final PeerProcess lender;
  private final RunningNode owner;
  private final BareSocket bare;

  private Peers(Path folder, PeerProcess lender, RunningNode owner, BareSocket bare) {
    this.folder = folder;
    this.lender = lender;
    this.owner = owner;
    this.bare = bare;
  }

  /**
   * Starts both, and waits until they know each other.
   *
   * @param pages of the corpus; there is room for twice as many
   */
  static Peers start(PeerTransport transport, int pages, long seed)
      throws IOException, InterruptedException, TimeoutException {
    Path folder = Files.createTempDirectory("tmem-bench-");
    String cluster = "tmem-bench-" + ProcessHandle.current().pid();
    PeerProcess lender =
        PeerProcess.start(
            LenderMain.class,
            List.of("-Xms" + HEAP_MIB + "m", "-Xmx" + HEAP_MIB + "m", "-XX:+AlwaysPreTouch"),
            LenderMain.arguments(folder, cluster, transport, pages, seed));
    RunningNode owner = null;
    boolean started = false;
    try {
      int port = lender.awaitReady();
      owner =
          ClusterLauncher.node(LenderMain.options(OWNER, folder, cluster, transport, 2L * pages));
      Peers peers = new Peers(folder, lender, owner, BareSocket.connect(owner.vertx(), port));
      String link = transport == PeerTransport.CHANNEL ? "channel" : "event bus";
      peers.awaitThat("the lender is known", () -> peers.knowsLender(link));
      started = true;
      return peers;
    } finally {
      if (!started) {
        lender.close();
        if (owner != null) {
          owner.close();
        }
        TestedNode.remove(folder);
      }
    }
  }

  private boolean knowsLender(String link) {
    JsonArray peers = admin("peers").getJsonArray("peers");
    return peers.stream()
        .map(JsonObject.class::cast)
        .anyMatch(peer ->
            peer.getString("name").equals(LenderMain.NODE)
                && peer.getLong("spareBytes") > 0
                && peer.getString("transport").toLowerCase(Locale.ROOT).equals(link));
  }

  Vertx vertx() {
    return owner.vertx();
  }

  Tmem tmem() {
    return owner.tmem();
  }

  BareSocket bare() {
    return bare;
  }

  /** A new area without a second copy, in those backends. */
  SwapArea area(String name, String... tiers) {
    return area(
        name, new SwapAreaOptions().setTiers(List.of(tiers)).setProtection(Protection.NONE));
  }

  SwapArea area(String name, SwapAreaOptions options) {
    return await(tmem().swapOn(name, options));
  }

  JsonObject admin(String command) {
    return await(tmem().admin(command, new JsonObject()));
  }

  /** Pages whose first copy lies with the lender. */
  long remotePages() {
    return await(tmem().backends().list()).stream()
        .filter(backend -> backend.name().equals(RAMSTER))
        .findFirst()
        .orElseThrow()
        .pages();
  }

  /** Waits until the lender knows of everything that was freed. */
  void awaitFreed() throws TimeoutException {
    awaitThat(
        "the lender has freed its pages",
        () ->
            admin("peers").getJsonArray("peers").stream()
                    .map(JsonObject.class::cast)
                    .allMatch(peer -> peer.getLong("lentPages") == 0)
                && counter("frees_pending") == 0);
  }

  private long counter(String name) {
    return admin("backends").getJsonArray("backends").stream()
        .map(JsonObject.class::cast)
        .filter(backend -> backend.getString("name").equals(RAMSTER))
        .findFirst()
        .orElseThrow()
        .getJsonObject("counters")
        .getLong(name);
  }

  /** Waits for something that comes about by itself. */
  void awaitThat(String what, BooleanSupplier condition) throws TimeoutException {
    long began = System.nanoTime();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - began > TimeUnit.SECONDS.toNanos(ANSWER_SECONDS)) {
        throw new TimeoutException("waited in vain until " + what);
      }
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(LOOK_MILLIS));
    }
  }

  /** Has the lender do something with its own RAM; what it says. */
  long lender(String what) {
    DeliveryOptions patient =
        new DeliveryOptions().setSendTimeout(TimeUnit.SECONDS.toMillis(ANSWER_SECONDS));
    return await(vertx().eventBus().<Long>request(LenderMain.DESK, what, patient)).body();
  }

  static <T extends @Nullable Object> T await(Future<T> future) {
    try {
      return future.await(ANSWER_SECONDS, TimeUnit.SECONDS);
    } catch (TimeoutException late) {
      throw new IllegalStateException("no answer in " + ANSWER_SECONDS + " s", late);
    }
  }

  @Override
  public void close() throws IOException {
    try {
      bare.close();
      owner.close();
    } finally {
      lender.close();
      TestedNode.remove(folder);
    }
  }
}
