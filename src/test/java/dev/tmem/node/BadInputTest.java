package dev.tmem.node;

import static dev.tmem.node.NodeKit.admin;
import static dev.tmem.node.NodeKit.awaitPeer;
import static dev.tmem.node.NodeKit.fill;
import static dev.tmem.node.NodeKit.options;
import static dev.tmem.node.NodeKit.stat;
import static dev.tmem.node.NodeKit.verify;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tmem.SwapArea;
import dev.tmem.SwapAreaOptions;
import dev.tmem.Until;
import dev.tmem.ramster.protocol.WireLayout;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.Message;
import io.vertx.core.json.JsonObject;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetSocket;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What somebody who is no node sends, to every address there is: nothing breaks. */
class BadInputTest {

  private static final List<String> ADDRESSES =
      List.of(
          "tmem.alpha",
          "tmem.alpha.admin",
          "tmem.admin",
          "tmem.alpha.events",
          "tmem.alpha.peer",
          "tmem.alpha.peer.channel",
          "tmem.peers");

  @TempDir Path base;

  private static long counter(RunningNode node, String name) {
    for (Object backend : admin(node, "backends").getJsonArray("backends")) {
      JsonObject json = (JsonObject) backend;
      if (json.getString("name").equals("ramster")) {
        return json.getJsonObject("counters").getLong(name);
      }
    }
    throw new AssertionError("no ramster");
  }

  /** Garbage; and a real frame that is cut, made too long, of another version, damaged. */
  private static List<Buffer> bad(Buffer frame) {
    Random random = new Random(7);
    List<Buffer> all = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      byte[] garbage = new byte[1 + random.nextInt(300)];
      random.nextBytes(garbage);
      all.add(Buffer.buffer(garbage));
    }
    for (int length = 0; length < frame.length(); length += 7) {
      all.add(frame.getBuffer(0, length));
    }
    all.add(frame.copy().appendBytes(new byte[WireLayout.FRAME_BYTES_MAX]));
    all.add(frame.copy().setInt(WireLayout.BODY_LENGTH, Integer.MAX_VALUE));
    all.add(frame.copy().setInt(WireLayout.BODY_LENGTH, -1));
    all.add(frame.copy().setByte(WireLayout.TYPE, (byte) 99));
    return all;
  }

  private static int freePort() throws Exception {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  @Test
  void nothingBreaksAndItIsCounted() throws Exception {
    NodeOptions listening = options(base, "alpha", 16, 64);
    int port = freePort();
    listening.getTmem().setChannelPort(port);
    try (RunningNode alpha = ClusterLauncher.node(listening);
        RunningNode beta = ClusterLauncher.node(options(base, "beta", 16, 64))) {
      awaitPeer(alpha, "beta");
      SwapArea area = Until.done(alpha.tmem().swapOn("a", new SwapAreaOptions()));
      int pages = fill(area, 5_000);
      assertTrue(stat(beta, "foreignPages") > 0);
      Vertx stranger = ClusterLauncher.client(options(base, "nobody", 16, 0));
      try {
        Queue<Buffer> heard = new ConcurrentLinkedQueue<>();
        Until.done(
            stranger
                .eventBus()
                .consumer(
                    "tmem.peers",
                    (Message<Object> gossip) -> {
                      if (gossip.body() instanceof Buffer frame) {
                        heard.add(frame);
                      }
                    })
                .completion());
        Until.until(() -> heard.size() >= 4, "gossip is overheard");
        Buffer frame = heard.element();
        long malformed = counter(alpha, "malformed_frames");
        for (String address : ADDRESSES) {
          send(stranger, address, frame);
        }
        Until.until(
            () -> counter(alpha, "malformed_frames") >= malformed + bad(frame).size(),
            "all are counted");
        Until.until(
            () -> counter(alpha, "channels_refused") >= bad(frame).size(),
            "those for channels too");
        refusesAnotherVersion(alpha, stranger, frame);
        replaysHarmNothing(alpha, stranger, List.copyOf(heard));
        socketsAreClosed(alpha, stranger, port, frame);
        verify(area, pages);
        assertEquals(1, alive(alpha));
        for (RunningNode node : new RunningNode[] {alpha, beta}) {
          JsonObject check = admin(node, "check");
          assertTrue(check.getBoolean("ok"), check.encode());
        }
      } finally {
        ClusterLauncher.leave(stranger);
      }
    }
  }

  private static void send(Vertx stranger, String address, Buffer frame) {
    for (Buffer wrong : bad(frame)) {
      stranger.eventBus().send(address, wrong);
    }
    stranger.eventBus().send(address, "not even bytes");
    stranger.eventBus().publish(address, new JsonObject().put("op", "dance"));
    stranger.eventBus().publish(address, 17);
  }

  private static void refusesAnotherVersion(RunningNode alpha, Vertx stranger, Buffer frame)
      throws Exception {
    Buffer other = frame.copy().setByte(WireLayout.VERSION, (byte) 77);
    other.setLong(WireLayout.FROM, 4711);
    for (int i = 0; i < 10; i++) {
      stranger.eventBus().send("tmem.alpha.peer", other);
    }
    Until.until(() -> counter(alpha, "other_version_frames") >= 10, "all are counted");
    String peers = admin(alpha, "peers").encode();
    assertTrue(peers.contains("speaks version 77, this node speaks 1"), peers);
  }

  private static void replaysHarmNothing(RunningNode alpha, Vertx stranger, List<Buffer> frames)
      throws Exception {
    for (int i = 0; i < 50; i++) {
      for (Buffer frame : frames) {
        stranger.eventBus().send("tmem.alpha.peer", frame);
      }
    }
    long before = counter(alpha, "malformed_frames");
    stranger.eventBus().send("tmem.alpha.peer", "the last");
    Until.until(() -> counter(alpha, "malformed_frames") > before, "all are read");
    assertEquals(1, alive(alpha));
  }

  private static long alive(RunningNode node) {
    return admin(node, "peers").getJsonArray("peers").stream()
        .filter(peer -> ((JsonObject) peer).getString("state").equals("alive"))
        .count();
  }

  private static void socketsAreClosed(RunningNode alpha, Vertx stranger, int port, Buffer frame)
      throws Exception {
    long refused = counter(alpha, "channels_refused");
    NetClient client = stranger.createNetClient();
    List<Buffer> greetings =
        List.of(
            Buffer.buffer("GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
            frame,
            Buffer.buffer().appendInt(0x746D6368).appendInt(0x01000000).appendLong(1).appendLong(2),
            Buffer.buffer().appendInt(0x746D6368).appendInt(0x09000000).appendLong(1).appendLong(2),
            Buffer.buffer(new byte[1 << 20]));
    Queue<Buffer> closed = new ConcurrentLinkedQueue<>();
    for (Buffer greeting : greetings) {
      NetSocket socket = Until.done(client.connect(port, "127.0.0.1"));
      socket.closeHandler(done -> closed.add(greeting));
      socket.write(greeting);
    }
    Until.until(() -> closed.size() == greetings.size(), "all are closed");
    Until.until(
        () -> counter(alpha, "channels_refused") >= refused + greetings.size(), "and counted");
  }
}
