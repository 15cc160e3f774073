package dev.tmem.cleancache.shared;

import static dev.tmem.Until.until;

import dev.tmem.CleanCacheOptions;
import dev.tmem.ObjectKey;
import dev.tmem.SharedCleanCache;
import dev.tmem.Until;
import dev.tmem.cleancache.shared.protocol.Timing;
import dev.tmem.dispatch.TestNode;
import dev.tmem.dispatch.ThreadScheduler;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;

/** What tests of shared caches need: nodes on real pools, over a transport within the test. */
abstract class SharedKit {

  /** Soon together; so patient with a slow machine that no node is ever left out. */
  static final Timing PATIENT =
      new Timing(30_000, 100, 50, 600_000, 100, 500, 60_000, 60_000, 500, 20);

  /** A node that is not heard is left out soon. */
  static final Timing HASTY = new Timing(30_000, 100, 50, 2_000, 100, 500, 60_000, 60_000, 500, 20);

  /** As {@link #HASTY}; and who may be serving is soon over. */
  static final Timing SHORT_LEASES =
      new Timing(2_000, 100, 50, 2_000, 100, 500, 1_000, 60_000, 500, 20);

  /** As {@link #SHORT_LEASES}; and changes are soon given up. */
  static final Timing IMPATIENT =
      new Timing(2_000, 100, 50, 4_000, 100, 500, 1_000, 2_500, 500, 20);

  static final UUID CACHE = new UUID(3, 5);
  static final ObjectKey OBJECT = ObjectKey.of("an object");

  final Hub hub = new Hub();
  final ThreadScheduler scheduler = new ThreadScheduler(3);
  final AtomicInteger founders = new AtomicInteger();
  final List<One> nodes = new ArrayList<>();
  Timing timing = PATIENT;
  boolean tieBreak = true;

  final class One {
    final TestNode node = new TestNode(scheduler, 32L << 20);
    final SharedCaches caches = new SharedCaches(node.dispatcher, scheduler, 8);

    One(String name, long limitBytes) {
      Until.done(node.dispatcher.register(node.zram));
      SharedSettings settings =
          new SharedSettings(name, UUID.randomUUID(), name, limitBytes, tieBreak, timing);
      Founder founder = lineage -> Future.succeededFuture(founders.getAndIncrement() == 0);
      Until.done(caches.start(settings, hub.transport(name), founder));
      nodes.add(this);
    }

    SharedCleanCache open() {
      List<Future<SharedCleanCache>> last = new ArrayList<>();
      until(
          () -> {
            last.add(caches.open(CACHE, new CleanCacheOptions()));
            until(last.getLast()::isComplete, "an answer");
            return last.getLast().succeeded() || !timing.equals(IMPATIENT);
          },
          "it is opened");
      return Until.done(last.getLast());
    }

    int members() {
      return caches.view() == null ? 0 : caches.view().members().size();
    }
  }

  final List<SharedCleanCache> together(int count) {
    for (int i = 0; i < count; i++) {
      new One("n" + i, 8L << 20);
    }
    untilAllServe();
    return nodes.stream().map(One::open).toList();
  }

  final void untilAllServe() {
    until(() -> nodes.stream().allMatch(node -> node.members() == nodes.size()), "one view");
    until(() -> nodes.stream().allMatch(node -> node.caches.hasLease()), "leases");
  }

  @AfterEach
  void close() {
    nodes.forEach(node -> Until.done(node.caches.close()));
    hub.close();
    scheduler.close();
    nodes.forEach(node -> node.node.close());
  }

  static Buffer page(String text) {
    return Buffer.buffer(text);
  }

  static @Nullable String text(@Nullable Buffer page) {
    return page == null ? null : page.toString();
  }
}
