package dev.tmem.ramster.protocol;

import io.vertx.core.buffer.Buffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.Random;
import java.util.Set;

/**
 * Nodes, a network that drops, delays, repeats and reorders, and time, all in one thread and all
 * from one seed.
 */
final class SimCluster implements AutoCloseable {

  static final long MILLI = 1_000_000;
  static final Timing TIMING = new Timing(100, 1_000, 300, 100, 10, 3_600_000, 400);

  private record Parcel(long arrives, long order, String address, Buffer frame) {}

  final Random random;
  final List<SimNode> nodes = new ArrayList<>();
  final Set<String> cutOff = new HashSet<>();
  private final PriorityQueue<Parcel> network =
      new PriorityQueue<>(
          Comparator.comparingLong(Parcel::arrives).thenComparingLong(Parcel::order));
  private final Queue<Runnable> effects = new ArrayDeque<>();
  private long order;
  private int started;
  long now = 1;
  boolean lossy;

  SimCluster(long seed) {
    this.random = new Random(seed);
  }

  SimNode start(String name, long lendLimit) {
    SimNode node = new SimNode(this, name, ++started, lendLimit);
    nodes.removeIf(old -> old.name.equals(name));
    nodes.add(node);
    return node;
  }

  void deliver(String from, String to, Envelope envelope) {
    if (cutOff.contains(from) || cutOff.contains(to)) {
      return;
    }
    Buffer frame = MessageCodec.encode(envelope);
    int copies = 1;
    long delay = 1;
    if (lossy) {
      copies = random.nextInt(10) == 0 ? 0 : random.nextInt(10) == 0 ? 2 : 1;
    }
    for (int i = 0; i < copies; i++) {
      if (lossy) {
        delay = random.nextInt(100) == 0 ? random.nextInt(3_000) : random.nextInt(40);
      }
      network.add(new Parcel(now + delay * MILLI, order++, to, frame));
    }
  }

  Outbox outbox(String from) {
    return new Outbox() {
      @Override
      public void send(String address, Envelope envelope) {
        effects.add(() -> deliver(from, address, envelope));
      }

      @Override
      public void broadcast(Envelope envelope) {
        for (SimNode node : nodes) {
          effects.add(() -> deliver(from, node.name, envelope));
        }
      }

      @Override
      public void after(Runnable effect) {
        effects.add(effect);
      }

      @Override
      public void sendAfter(String address, java.util.function.Supplier<Envelope> envelope) {
        effects.add(() -> deliver(from, address, envelope.get()));
      }
    };
  }

  /** Lets time pass, step by step; every effect comes before the next step. */
  void run(long millis) {
    long end = now + millis * MILLI;
    settle();
    while (now < end) {
      now += MILLI;
      Parcel parcel = network.peek();
      while (parcel != null && parcel.arrives() <= now) {
        network.remove();
        receive(parcel);
        settle();
        parcel = network.peek();
      }
      for (SimNode node : List.copyOf(nodes)) {
        if (now - node.peerNode.due() >= 0) {
          node.peerNode.tick(now, node.out);
          settle();
        }
      }
    }
  }

  private void receive(Parcel parcel) {
    for (SimNode node : List.copyOf(nodes)) {
      if (node.name.equals(parcel.address()) && !cutOff.contains(node.name)) {
        try {
          Envelope envelope = MessageCodec.decode(parcel.frame());
          node.peerNode.receive(envelope, now, now, node.out);
        } catch (WireException e) {
          throw new AssertionError("a frame of our own did not decode", e);
        }
      }
    }
  }

  void settle() {
    Runnable effect = effects.poll();
    while (effect != null) {
      effect.run();
      effect = effects.poll();
    }
    nodes.forEach(node -> node.peerNode.checkInvariants());
  }

  @Override
  public void close() {
    nodes.forEach(SimNode::close);
  }
}
