package dev.tmem.ramster.protocol;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tmem.Protection;
import dev.tmem.dispatch.ManualScheduler;
import dev.tmem.dispatch.PageSpace;
import dev.tmem.dispatch.SpaceConfig;
import dev.tmem.dispatch.Take;
import dev.tmem.dispatch.TestNode;
import dev.tmem.memory.BlockPool;
import dev.tmem.ramster.RamsterBackend;
import dev.tmem.ramster.RamsterOptions;
import dev.tmem.ramster.Transport;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * How often frames go to and fro for a page that is taken from its lender. Frames arrive when the
 * test delivers them, and time passes when it says so; both nodes are real but for that.
 */
class TakeRoundTripTest {

  private static final long MEMORY = 32L << 20;
  private static final int PAGES = 40; // their frees fit into one message

  /** What is on its way to a node. */
  private record Letter(String to, Buffer frame) {}

  private final ManualScheduler scheduler = new ManualScheduler();
  private final List<Post> posts = new ArrayList<>();
  private final List<Letter> underWay = new ArrayList<>();

  /** The kinds of all messages that were sent, but for gossip. */
  private final List<String> sent = new ArrayList<>();

  private final TestNode owner = new TestNode(scheduler, MEMORY);
  private final TestNode lender = new TestNode(scheduler, MEMORY);
  private RamsterBackend lending;
  private PageSpace space;

  /** One node's end. */
  private final class Post implements Transport {

    private final String address;
    private Consumer<Buffer> frames = frame -> {};

    Post(String address) {
      this.address = address;
      posts.add(this);
    }

    @Override
    public String localAddress() {
      return address;
    }

    @Override
    public Future<Void> open(Consumer<Buffer> taker, Consumer<String> lost) {
      frames = taker;
      return Future.succeededFuture();
    }

    @Override
    public void send(String to, Buffer frame) {
      String kind = kind(frame);
      if (!kind.equals("Gossip")) {
        sent.add(kind);
      }
      underWay.add(new Letter(to, frame));
    }

    @Override
    public String link(String to) {
      return "post";
    }

    @Override
    public void broadcast(Buffer frame) {
      posts.forEach(post -> underWay.add(new Letter(post.address, frame)));
    }

    @Override
    public Future<Void> close() {
      return Future.succeededFuture();
    }
  }

  private static String kind(Buffer frame) {
    try {
      return MessageCodec.decode(frame).message().getClass().getSimpleName();
    } catch (WireException unreadable) {
      throw new AssertionError(unreadable);
    }
  }

  /** What is on its way now arrives; answers to it are on their way after that. */
  private void deliver() {
    List<Letter> letters = List.copyOf(underWay);
    underWay.clear();
    for (Letter letter : letters) {
      for (Post post : posts) {
        if (post.address.equals(letter.to())) {
          post.frames.accept(letter.frame());
        }
      }
    }
    scheduler.settle();
  }

  private void until(BooleanSupplier condition) {
    scheduler.until(() -> {
      deliver();
      return condition.getAsBoolean();
    });
  }

  private <T extends @Nullable Object> T await(Future<T> future) {
    until(future::isComplete);
    return future.result();
  }

  private RamsterBackend join(TestNode node, String name, long lends) {
    RamsterBackend backend =
        await(
            RamsterBackend.start(
                RamsterOptions.of(name, lends).withFlight(Flight.of(0, 0, MEMORY)),
                node.zram,
                new BlockPool(node.regions),
                node.memory,
                new Post(name),
                scheduler));
    assertNull(await(node.dispatcher.register(node.zram)));
    assertNull(await(node.dispatcher.register(backend)));
    return backend;
  }

  @BeforeEach
  void lendEveryPage() {
    RamsterBackend borrowing = join(owner, "owner", 0);
    lending = join(lender, "lender", MEMORY / 2);
    until(() ->
        borrowing.peers().stream()
            .anyMatch(peer -> peer.name().equals("lender") && peer.spareBytes() > 0));
    space = await(owner.dispatcher.open(options()));
    for (int i = 0; i < PAGES; i++) {
      await(space.store(i, ByteBuffer.wrap(page(i))));
    }
    await(owner.dispatcher.shrink("zram", 0));
    assertEquals(PAGES, lending.foreignPages());
    sent.clear();
  }

  private static SpaceConfig options() {
    return new SpaceConfig("area", 4096, true, Protection.NONE);
  }

  /** A page that compresses to about a quarter. */
  private static byte[] page(int number) {
    byte[] noise = new byte[1_000];
    new Random(number).nextBytes(noise);
    return Arrays.copyOf(noise, 4_096);
  }

  @Test
  void aTakeIsOneQuestionAndOneAnswerAndTheCommitWaitsForNothing() {
    Future<@Nullable Take> asked = space.take(7);
    assertEquals(List.of("Get"), sent);
    deliver();
    assertEquals(List.of("Get", "GetReply"), sent);
    assertFalse(asked.isComplete(), "no answer has come");
    deliver();
    assertTrue(asked.isComplete(), "the answer has come");
    Take take = taken(asked, 7);
    assertTrue(take.commit());
    assertEquals(List.of("Get", "GetReply"), sent, "the commit waits for nobody");
    assertAbsent(7);
    assertEquals(List.of("Get", "GetReply"), sent, "nobody is asked for what is gone");
    until(() -> lending.foreignPages() == PAGES - 1);
    deliver();
    assertEquals(List.of("Get", "GetReply", "Free", "FreeReply"), sent);
  }

  @Test
  void aTakeThatIsPutBackLeavesThePageWhereItIs() {
    Future<@Nullable Take> asked = space.take(3);
    deliver();
    deliver();
    assertTrue(taken(asked, 3).putBack());
    deliver();
    assertEquals(List.of("Get", "GetReply"), sent);
    assertEquals(PAGES, lending.foreignPages());
  }

  @Test
  void takesThatComeTogetherTravelTogetherAndSoDoTheirFrees() {
    List<Future<@Nullable Take>> asked = new ArrayList<>();
    for (int i = 0; i < PAGES; i++) {
      asked.add(space.take(i));
    }
    deliver();
    deliver();
    for (int i = 0; i < PAGES; i++) {
      assertTrue(asked.get(i).isComplete(), "page " + i + " came with the first answers");
      assertTrue(taken(asked.get(i), i).commit());
    }
    assertEquals(Set.of("Get", "GetReply"), Set.copyOf(sent));
    assertTrue(sent.stream().filter("Get"::equals).count() <= PAGES, "none is asked for twice");
    sent.clear();
    until(() -> lending.foreignPages() == 0);
    deliver();
    assertEquals(List.of("Free", "FreeReply"), sent, "all of them in one message");
  }

  private static Take taken(Future<@Nullable Take> asked, int number) {
    Take take = asked.result();
    assertNotNull(take, "page " + number);
    assertArrayEquals(page(number), Arrays.copyOf(take.loaded().bytes(), take.loaded().length()));
    return take;
  }

  private void assertAbsent(int number) {
    Future<?> load = space.load(number);
    scheduler.settle();
    assertTrue(load.isComplete());
    assertNull(load.result());
  }

  @AfterEach
  void close() {
    owner.close();
    lender.close();
  }
}
