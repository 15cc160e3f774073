package dev.tmem.ramster.channel;

import static dev.tmem.Until.until;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tmem.Until;
import dev.tmem.ramster.EventBusTransport;
import dev.tmem.ramster.Transport;
import dev.tmem.ramster.protocol.Envelope;
import dev.tmem.ramster.protocol.Message;
import dev.tmem.ramster.protocol.MessageCodec;
import dev.tmem.ramster.protocol.WireException;
import dev.tmem.ramster.protocol.WireLayout;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.json.JsonObject;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ChannelTransportTest {

  private static final String LOOPBACK = "127.0.0.1";

  private final Vertx vertx = Vertx.vertx();
  private final List<Node> nodes = new ArrayList<>();
  private final NetClient client = vertx.createNetClient();
  private final Queue<NetSocket> closed = new ConcurrentLinkedQueue<>();

  @AfterEach
  void stop() {
    nodes.forEach(node -> Until.done(node.transport.close()));
    Until.done(vertx.close());
  }

  /** What one end has seen. */
  private static final class Node {
    final Transport transport;
    final Queue<Long> got = new ConcurrentLinkedQueue<>();
    final Queue<String> lost = new ConcurrentLinkedQueue<>();

    Node(Transport transport) {
      this.transport = transport;
      Until.done(transport.open(this::take, lost::add));
    }

    private void take(Buffer frame) {
      try {
        got.add(MessageCodec.decode(frame).request());
      } catch (WireException broken) {
        throw new AssertionError(broken);
      }
    }

    boolean hasChannelTo(Node other) {
      return transport.link(other.transport.localAddress()).equals("channel");
    }

    void send(Node other, long number) {
      transport.send(other.transport.localAddress(), frame(number));
    }
  }

  private static Buffer frame(long number) {
    Message message = new Message.Goodbye(Message.Goodbye.Kind.GONE);
    return MessageCodec.encode(new Envelope(new UUID(1, 1), new UUID(2, 2), number, 0, message));
  }

  private Node start(String name) {
    return add(new ChannelTransport(vertx, name, LOOPBACK, 0));
  }

  private Node add(Transport transport) {
    Node node = new Node(transport);
    nodes.add(node);
    return node;
  }

  /** Sends until there is a channel both ways, one frame after the other; they are forgotten. */
  private static void connect(Node a, Node b) {
    connect(a, b, () -> a.send(b, 0), 1);
  }

  /**
   * @param send makes so many frames arrive, at both together
   */
  private static void connect(Node a, Node b, Runnable send, int frames) {
    long[] sent = {0};
    until(
        () -> {
          boolean allArrived = a.got.size() + b.got.size() == sent[0];
          boolean isOpen = a.hasChannelTo(b) && b.hasChannelTo(a);
          if (allArrived && !isOpen) {
            sent[0] += frames;
            send.run();
          }
          return allArrived && isOpen;
        },
        "a channel is open");
    a.got.clear();
    b.got.clear();
  }

  @Test
  void theFirstFramesGoOverTheEventBusAndTheNextOverTheChannelInOrder() {
    Node a = start("a");
    Node b = start("b");
    connect(b, a);
    List<Long> numbers = new ArrayList<>();
    for (long i = 0; i < 1000; i++) {
      a.send(b, i);
      b.send(a, i);
      numbers.add(i);
    }
    until(() -> a.got.size() == 1000 && b.got.size() == 1000, "all frames are there");
    assertEquals(numbers, List.copyOf(a.got));
    assertEquals(numbers, List.copyOf(b.got));
  }

  @Test
  void twoThatWantAChannelAtOnceShareOne() {
    for (int round = 0; round < 20; round++) {
      Node a = start("a" + round);
      Node b = start("b" + round);
      Runnable both =
          () -> {
            a.send(b, 1);
            b.send(a, 2);
          };
      connect(a, b, both, 2);
      a.send(b, 7);
      b.send(a, 8);
      until(() -> a.got.contains(8L) && b.got.contains(7L), "frames arrive");
      assertTrue(a.lost.isEmpty() && b.lost.isEmpty(), "none was closed");
    }
  }

  @Test
  void aPeerWithoutChannelsIsReachedOverTheEventBus() {
    Node a = start("a");
    Node plain = add(new EventBusTransport(vertx, "plain"));
    for (long i = 0; i < 10; i++) {
      a.send(plain, i);
      plain.send(a, i);
    }
    until(() -> a.got.size() == 10 && plain.got.size() == 10, "all frames are there");
    assertEquals("event bus", a.transport.link(plain.transport.localAddress()));
  }

  @Test
  void aChannelThatClosesIsToldAtBothEndsAndMadeAnew() {
    Node a = start("a");
    Node b = start("b");
    connect(a, b);
    // a second socket in a's name takes the place of the first, and is then closed
    NetSocket socket = guest(b, "tmem.a.peer");
    until(() -> a.lost.contains("tmem.b.peer"), "the first is closed");
    Until.done(socket.close());
    until(() -> b.lost.contains("tmem.a.peer"), "the second is closed");
    connect(a, b);
    connect(b, a);
    a.send(b, 5);
    until(() -> b.got.contains(5L), "frames arrive");
  }

  /** Connects as an invited guest does. */
  private NetSocket guest(Node host, String from) {
    JsonObject invitation = invitation(host, from);
    NetSocket socket = connectTo(invitation);
    CountDownLatch greeted = new CountDownLatch(1);
    socket.handler(bytes -> greeted.countDown());
    Until.done(
        socket.write(ChannelLayout.greeting(UUID.fromString(invitation.getString("shown")))));
    try {
      assertTrue(greeted.await(Until.SECONDS, TimeUnit.SECONDS));
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
    return socket;
  }

  private JsonObject invitation(Node host, String from) {
    JsonObject question = new JsonObject().put("op", "invite").put("from", from);
    String address = host.transport.localAddress() + ".channel";
    return (JsonObject) Until.done(vertx.eventBus().request(address, question)).body();
  }

  /** Somebody who connects; from the first moment on it is noted when the other side closes. */
  private NetSocket connectTo(JsonObject invitation) {
    return Until.done(
        client
            .connect(invitation.getInteger("port"), invitation.getString("host"))
            .onSuccess(socket -> socket.closeHandler(now -> closed.add(socket))));
  }

  private void assertClosed(NetSocket socket) {
    until(() -> closed.contains(socket), "the other side closes");
  }

  @Test
  void aStrangerIsShownTheDoor() {
    Node a = start("a");
    JsonObject invitation = invitation(a, "tmem.x.peer");
    NetSocket wrong = connectTo(invitation);
    wrong.write(ChannelLayout.greeting(UUID.randomUUID()));
    assertClosed(wrong);
    NetSocket garbage = connectTo(invitation);
    garbage.write(Buffer.buffer("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"));
    assertClosed(garbage);
    NetSocket otherVersion = connectTo(invitation);
    Buffer greeting = ChannelLayout.greeting(UUID.fromString(invitation.getString("shown")));
    otherVersion.write(greeting.copy().setByte(ChannelLayout.VERSION, (byte) 9));
    assertClosed(otherVersion);
    assertEquals("event bus", a.transport.link("tmem.x.peer"));
    assertTrue(a.got.isEmpty());
  }

  @Test
  void anInvitationIsGoodOnce() {
    Node a = start("a");
    JsonObject invitation = invitation(a, "tmem.x.peer");
    Buffer greeting = ChannelLayout.greeting(UUID.fromString(invitation.getString("shown")));
    NetSocket first = connectTo(invitation);
    first.write(greeting);
    until(() -> a.transport.link("tmem.x.peer").equals("channel"), "the first comes in");
    NetSocket second = connectTo(invitation);
    second.write(greeting);
    assertClosed(second);
    assertEquals("channel", a.transport.link("tmem.x.peer"));
  }

  @Test
  void aFrameThatIsTooLongEndsTheChannelUnread() {
    Node a = start("a");
    NetSocket socket = guest(a, "tmem.x.peer");
    Buffer frame = frame(1);
    frame.setInt(WireLayout.BODY_LENGTH, Integer.MAX_VALUE);
    socket.write(frame);
    assertClosed(socket);
    until(() -> a.lost.contains("tmem.x.peer"), "it is told");
    assertTrue(a.got.isEmpty());
  }

  @Test
  void nonsenseAtTheAddressForIntroductionsIsRefused() {
    Node a = start("a");
    String address = a.transport.localAddress() + ".channel";
    for (Object body :
        List.of(
            "text",
            new JsonObject(),
            new JsonObject().put("op", "invite"),
            new JsonObject().put("op", 7).put("from", "x"),
            new JsonObject().put("op", "dance").put("from", "x"),
            Buffer.buffer(new byte[100]))) {
      Future<?> answer = vertx.eventBus().request(address, body);
      assertThrows(ReplyException.class, () -> Until.done(answer));
    }
  }

  @Test
  void aPeerThatDoesNotReadCostsNoMoreThanItsShare() {
    Node a = start("a");
    NetSocket deaf = guest(a, "tmem.x.peer");
    deaf.pause();
    byte[] bytes = new byte[WireLayout.FRAME_BYTES_MAX];
    Buffer frame = Buffer.buffer(bytes);
    ChannelTransport transport = (ChannelTransport) a.transport;
    long sent = 0;
    while (transport.pendingBytes("tmem.x.peer") + bytes.length <= PageChannel.PENDING_BYTES_MAX) {
      transport.send("tmem.x.peer", frame);
      sent++;
      assertTrue(sent < 100_000, "somebody reads");
    }
    for (int i = 0; i < 1000; i++) {
      transport.send("tmem.x.peer", frame);
      assertTrue(transport.pendingBytes("tmem.x.peer") <= PageChannel.PENDING_BYTES_MAX);
    }
    assertFalse(a.lost.contains("tmem.x.peer"));
  }
}
