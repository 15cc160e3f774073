package dev.tmem.ramster;

import static dev.tmem.Until.until;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tmem.Protection;
import dev.tmem.TmemFullException;
import dev.tmem.Until;
import dev.tmem.dispatch.Loaded;
import dev.tmem.dispatch.PageSpace;
import dev.tmem.dispatch.RamKeeper;
import dev.tmem.dispatch.ThreadScheduler;
import dev.tmem.memory.BlockPool;
import dev.tmem.ramster.protocol.Flight;
import dev.tmem.ramster.protocol.Timing;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Three nodes with real dispatchers whose RAM is full, of their own pages and of each other's:
 * fetches, frees, new loans and handing back still make progress.
 */
class EverythingFullTest {

  private static final long MEMORY_LIMIT = 16L << 20;
  private static final Timing QUICK = new Timing(50, 60_000, 3_000, 500, 5, 3_600_000, 200);

  private final Vertx vertx = Vertx.vertx();
  private final List<Owner> owners = new ArrayList<>();

  /** What a node keeps for others. */
  private record Foreign(RamsterBackend ramster) implements RamKeeper {

    @Override
    public void compact() {
      ramster.compact();
    }

    @Override
    public long drop(long bytes) {
      return ramster.dropEphemeral(bytes);
    }

    @Override
    public void giveWay(long bytes) {
      ramster.giveWay(bytes);
    }
  }

  /** A node: a pool, a dispatcher with one area, the peers' RAM, and what the area should hold. */
  private final class Owner {
    final String name;
    final ThreadScheduler scheduler = new ThreadScheduler(2);
    final dev.tmem.dispatch.TestNode node = new dev.tmem.dispatch.TestNode(scheduler, MEMORY_LIMIT);
    final RamsterBackend ramster;
    final PageSpace space;
    final Map<Long, byte[]> pages = new HashMap<>();

    Owner(String name) {
      this.name = name;
      RamsterOptions options =
          RamsterOptions.of(name, MEMORY_LIMIT / 2)
              .withTiming(QUICK)
              .withFlight(Flight.of(0, 0, MEMORY_LIMIT));
      Until.done(node.dispatcher.register(node.zram));
      ramster =
          Until.done(
              RamsterBackend.start(
                  options,
                  node.zram,
                  new BlockPool(node.regions),
                  node.memory,
                  new EventBusTransport(vertx, name),
                  scheduler));
      Until.done(node.dispatcher.register(ramster));
      node.dispatcher.addKeeper(new Foreign(ramster));
      space =
          Until.done(
              node.dispatcher.open(
                  new dev.tmem.dispatch.SpaceConfig(name, 4096, true, Protection.NONE)));
    }

    /** Whether it was taken. */
    boolean store(long offset) {
      byte[] page = new byte[4096];
      new Random(offset * 31 + name.hashCode()).nextBytes(page);
      Future<Void> store = space.store(offset, ByteBuffer.wrap(page));
      try {
        Until.done(store);
      } catch (TmemFullException full) {
        pages.remove(offset);
        return false;
      }
      pages.put(offset, page);
      return true;
    }

    void assertAllThere() {
      pages.forEach((offset, page) -> {
        Loaded loaded = Until.done(space.load(offset));
        assertNotNull(loaded, name + " " + offset);
        assertArrayEquals(page, Arrays.copyOf(loaded.bytes(), loaded.length()));
      });
    }

    long counter(String counter) {
      return Objects.requireNonNull(ramster.counters().get(counter));
    }

    long lent() {
      return node.dispatcher.pagesByBackend(space).getOrDefault("ramster", 0L);
    }

    void close() {
      Until.done(node.dispatcher.close(space));
      Until.done(ramster.close());
      scheduler.close();
      node.close();
    }
  }

  @BeforeEach
  void fillEverything() {
    for (int i = 0; i < 3; i++) {
      owners.add(new Owner("full-" + i));
    }
    for (Owner owner : owners) {
      until(
          () -> owner.ramster.peers().stream().filter(p -> p.state().equals("alive")).count() == 2,
          owner.name + " sees the others");
    }
    // one after the other, else each is full of its own pages before anybody lends
    for (Owner owner : owners) {
      int refused = 0;
      for (long offset = 0; refused < 5; offset++) {
        refused += owner.store(offset) ? 0 : 1;
      }
    }
  }

  @AfterEach
  void close() {
    owners.forEach(Owner::close);
    Until.done(vertx.close());
  }

  @Test
  void everythingStillMakesProgress() {
    for (Owner owner : owners) {
      assertTrue(owner.node.memory.used() <= MEMORY_LIMIT, "the limit holds");
      assertTrue(owner.node.memory.used() > MEMORY_LIMIT * 8 / 10, "and everything is full");
      assertTrue(
          owner.lent() + owner.ramster.foreignPages() > 100,
          owner.name + " neither lends nor owes");
    }
    // fetches
    owners.forEach(Owner::assertAllThere);
    // frees, which make room at the lenders
    for (Owner owner : owners) {
      List<Long> half = owner.pages.keySet().stream().filter(offset -> offset % 2 == 0).toList();
      half.forEach(offset -> {
        Until.done(owner.space.invalidate(offset));
        owner.pages.remove(offset);
      });
    }
    for (Owner owner : owners) {
      until(() -> owner.counter("frees_pending") == 0, "frees are acknowledged");
    }
    // new loans
    Owner borrower = owners.getFirst();
    long before = borrower.counter("pers_pages_remoted");
    AtomicLong next = new AtomicLong(1_000_000);
    until(
        () -> {
          // refused until the next gossip says that there is room again
          borrower.store(next.getAndIncrement());
          return borrower.counter("pers_pages_remoted") >= before + 100;
        },
        "there is room again");
    owners.forEach(Owner::assertAllThere);
    // handing back, once its owners have room: one node leaves
    Owner leaver = owners.get(1);
    assertTrue(leaver.ramster.foreignPages() > 0);
    for (Owner owner : List.of(owners.get(0), owners.get(2))) {
      List<Long> most = owner.pages.keySet().stream().filter(offset -> offset % 8 != 1).toList();
      most.forEach(offset -> {
        Until.done(owner.space.invalidate(offset));
        owner.pages.remove(offset);
      });
    }
    assertEquals(0, Until.done(leaver.ramster.leave(60_000)), "nothing is left behind");
    owners.get(0).assertAllThere();
    owners.get(2).assertAllThere();
  }
}
