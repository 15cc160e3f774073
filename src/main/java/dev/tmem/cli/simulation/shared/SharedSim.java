package dev.tmem.cli.simulation.shared;

import dev.tmem.ObjectKey;
import dev.tmem.cleancache.shared.protocol.HomeRules;
import dev.tmem.cleancache.shared.protocol.Member;
import dev.tmem.cleancache.shared.protocol.Message;
import dev.tmem.cleancache.shared.protocol.Message.CacheName;
import dev.tmem.cleancache.shared.protocol.Message.Operation;
import dev.tmem.cleancache.shared.protocol.Message.Outcome;
import dev.tmem.cleancache.shared.protocol.Message.Reply;
import dev.tmem.cleancache.shared.protocol.Message.Request;
import dev.tmem.cleancache.shared.protocol.Outbox;
import dev.tmem.cleancache.shared.protocol.SharedNode;
import dev.tmem.cleancache.shared.protocol.Timing;
import dev.tmem.cleancache.shared.protocol.ViewName;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A cluster that shares a cache, its network, its clocks and what goes wrong with them, in one
 * thread and from one seed. Clocks run at different speeds; messages are late, lost, repeated and
 * reordered; links break, also one way; nodes stop and go on, die and come back, leave and join.
 *
 * <p>Confined to one thread.
 */
final class SharedSim {

  private static final long MILLI = 1_000_000;

  /** A tenth of what nodes use. */
  private static final Timing TIMING = new Timing(300, 75, 50, 500, 100, 50, 100, 600, 50, 10);

  private static final CacheName CACHE = new CacheName(new UUID(1, 2), 4096, 0);

  private static final int OBJECTS = 4;
  private static final int INDEXES = 2;

  /** Steps that are kept, if they are. */
  private static final int STEPS_MAX = 400;

  private record Event(long at, long order, Runnable action) {}

  /** One life of a node. */
  private final class Node implements Outbox {
    final String name;
    final Member self;
    final SharedNode shared;
    final double rate;
    final long offset;
    final List<Runnable> whilePaused = new ArrayList<>();
    boolean paused;
    boolean dead;

    Node(String name, int weight) {
      this.name = name;
      this.self = new Member(new UUID(random.nextLong(), random.nextLong()), name, name, weight);
      this.rate = 0.92 + 0.16 * random.nextDouble();
      this.offset = random.nextLong(1L << 50);
      this.shared =
          new SharedNode(
              self,
              name,
              tieBreak,
              TIMING,
              random,
              new SimStore(task -> after(random.nextInt(60), () -> act(task))),
              this,
              rules.get(),
              clock());
      after(1, this::tick);
      after(1 + random.nextInt(20), this::operate);
    }

    long clock() {
      return offset + (long) (now * rate);
    }

    /** Does something now, or when the node goes on. */
    void act(Runnable action) {
      if (dead) {
        return;
      }
      if (paused) {
        whilePaused.add(action);
      } else {
        action.run();
      }
    }

    private void tick() {
      if (!dead) {
        act(() -> shared.tick(clock()));
        after(10 + random.nextInt(10), this::tick);
      }
    }

    @Override
    public void send(Member to, Message message) {
      deliver(this, to.incarnation(), message);
    }

    @Override
    public void broadcast(Message message) {
      List.copyOf(nodes).forEach(node -> deliver(this, node.self.incarnation(), message));
    }

    @Override
    public void claim() {
      after(
          random.nextInt(20),
          () ->
              act(() -> {
                // alone among the living, stopped ones included: what the cluster's map is to find
                // out
                boolean granted = nodes.stream().allMatch(node -> node.shared.view() == null);
                UUID lineage = new UUID(random.nextLong(), random.nextLong());
                shared.mayFound(granted, lineage, clock());
              }));
    }

    // ---- Its user

    private void operate() {
      if (dead) {
        return;
      }
      if (working) {
        act(this::operateNow);
      }
      after(5 + random.nextInt(60), this::operate);
    }

    private void operateNow() {
      ObjectKey object = ObjectKey.of(random.nextInt(OBJECTS));
      int index = random.nextInt(INDEXES);
      int kind = random.nextInt(100);
      if (kind < 50) {
        get(object, index);
      } else if (kind < 80) {
        put(object, index);
      } else if (kind < 90) {
        invalidate(Operation.INVALIDATE_PAGE, object, List.of(index));
      } else if (kind < 95) {
        invalidate(Operation.INVALIDATE_OBJECT, object, List.of());
      } else {
        load(object, index);
      }
    }

    private Future<Reply> begin(
        Operation operation,
        ObjectKey object,
        List<Integer> indexes,
        List<Buffer> pages,
        long token) {
      ViewName none = new ViewName(new UUID(0, 0), 0);
      Request request = new Request(none, 0, 0, operation, CACHE, object, indexes, pages, token);
      return shared.begin(request, clock());
    }

    private void get(ObjectKey object, int index) {
      long start = now;
      begin(Operation.GET, object, List.of(index), List.of(), 0)
          .onSuccess(reply -> {
            Buffer page = reply.outcome() == Outcome.DONE ? reply.pages().getFirst() : null;
            history.read(page(object, index), start, now, text(page));
            step(() -> name + " gets " + page(object, index) + ": " + text(page));
          });
    }

    private void put(ObjectKey object, int index) {
      put(object, index, 0, "v" + ++values, now);
    }

    private void put(ObjectKey object, int index, long token, String content, long start) {
      String page = page(object, index);
      History.Write write =
          token == 0
              ? history.begin(page, writer(), start, content)
              : history.loaded(page, writer(), start, content);
      step(() -> name + " puts " + content + " to " + page);
      begin(Operation.PUT, object, List.of(index), List.of(Buffer.buffer(content)), token)
          .onSuccess(reply -> done(reply, page, write));
    }

    private void invalidate(Operation operation, ObjectKey object, List<Integer> indexes) {
      List<Integer> all = indexes.isEmpty() ? List.of(0, 1) : indexes;
      List<History.Write> begun = new ArrayList<>();
      for (int index : all) {
        begun.add(history.begin(page(object, index), writer(), now, null));
      }
      step(() -> name + " asks for " + operation + " of " + page(object, all.getFirst()));
      begin(operation, object, indexes, List.of(), 0)
          .onSuccess(reply -> {
            for (int i = 0; i < all.size(); i++) {
              done(reply, page(object, all.get(i)), begun.get(i));
            }
          });
    }

    /** What is loaded is the page as its source has it when the loader runs. */
    private void load(ObjectKey object, int index) {
      long start = now;
      begin(Operation.LOAD, object, List.of(index), List.of(), 0)
          .onSuccess(reply -> {
            if (reply.outcome() == Outcome.DONE) {
              history.read(page(object, index), start, now, text(reply.pages().getFirst()));
            } else if (reply.outcome() == Outcome.LOAD_IT) {
              long began = now;
              String content = "v" + ++values;
              boolean fails = random.nextInt(4) == 0;
              after(
                  random.nextInt(200),
                  () ->
                      act(() -> {
                        if (fails) {
                          begin(
                              Operation.LOAD_FAILED,
                              object,
                              List.of(index),
                              List.of(Buffer.buffer("no")),
                              reply.token());
                        } else {
                          put(object, index, reply.token(), content, began);
                        }
                      }));
            }
          });
    }

    private void done(Reply reply, String page, History.Write write) {
      step(() -> name + " is answered for " + page + ": " + reply.outcome());
      if (reply.outcome() == Outcome.DONE) {
        history.completed(page, write, now);
        changes++;
      } else {
        history.givenUp(write, now);
      }
    }

    /** A life is a writer: what one life has begun is not ended by the next. */
    private String writer() {
      return self.incarnation().toString();
    }
  }

  static @Nullable String text(@Nullable Buffer page) {
    return page == null ? null : page.toString();
  }

  private static String page(ObjectKey object, int index) {
    return object.low() + "/" + index;
  }

  final Random random;
  final History history = new History();
  private final List<Node> nodes = new ArrayList<>();
  private final boolean tieBreak;
  private final Supplier<HomeRules> rules;
  private final Set<String> broken = new HashSet<>();
  private final PriorityQueue<Event> events =
      new PriorityQueue<>(Comparator.comparingLong(Event::at).thenComparingLong(Event::order));
  private final boolean readable;
  private final Deque<String> steps = new ArrayDeque<>();
  private long order;
  private long happened;
  private int values;
  int changes;
  long now = MILLI;
  boolean faulty;
  boolean working = true;

  /**
   * @param readable whether its last steps are kept as text
   */
  SharedSim(long seed, Supplier<HomeRules> rules, boolean readable) {
    this.random = new Random(seed);
    this.readable = readable;
    this.rules = rules;
    this.tieBreak = random.nextBoolean();
  }

  private void after(long millis, Runnable action) {
    long nanos = millis * MILLI + random.nextInt((int) MILLI);
    events.add(new Event(now + nanos, order++, action));
  }

  void start(String name, int weight) {
    nodes.add(new Node(name, weight));
    step(() -> name + " starts");
  }

  private void deliver(Node from, UUID to, Message message) {
    Node receiver = null;
    for (Node node : nodes) {
      receiver = node.self.incarnation().equals(to) ? node : receiver;
    }
    if (receiver == null || broken.contains(from.name + ">" + receiver.name)) {
      return;
    }
    int copies = 1;
    if (faulty) {
      copies = random.nextInt(20) == 0 ? 0 : random.nextInt(20) == 0 ? 2 : 1;
    }
    Node target = receiver;
    for (int i = 0; i < copies; i++) {
      long delay = faulty && random.nextInt(60) == 0 ? random.nextInt(900) : random.nextInt(6);
      after(delay, () -> target.act(() -> received(from, target, message)));
    }
  }

  private void received(Node from, Node to, Message message) {
    to.shared.receive(from.self, message, to.clock(), reply -> to.send(from.self, reply));
  }

  // ---- What goes wrong

  private Node anyNode() {
    return nodes.get(random.nextInt(nodes.size()));
  }

  void fault() {
    switch (random.nextInt(9)) {
      case 0 -> broken.add(anyNode().name + ">" + anyNode().name);
      case 1 -> cutOff(anyNode(), true);
      case 2 -> cutOff(anyNode(), false);
      case 3, 4 -> broken.clear();
      case 5 -> pause(anyNode(), 20 + random.nextInt(900));
      case 6 -> kill(anyNode(), random.nextInt(3) > 0);
      case 7 -> start("n" + nodes.size() + random.nextInt(1000), random.nextInt(4) == 0 ? 0 : 1);
      default -> split();
    }
  }

  private void cutOff(Node victim, boolean bothWays) {
    step(() -> victim.name + (bothWays ? " is cut off" : " is heard by nobody"));
    for (Node node : nodes) {
      broken.add(victim.name + ">" + node.name);
      if (bothWays) {
        broken.add(node.name + ">" + victim.name);
      }
    }
  }

  private void split() {
    Set<Node> part = new HashSet<>();
    nodes.stream().filter(node -> random.nextBoolean()).forEach(part::add);
    step(() -> "cut off together: " + part.stream().map(node -> node.name).sorted().toList());
    for (Node one : nodes) {
      for (Node other : nodes) {
        if (part.contains(one) != part.contains(other)) {
          broken.add(one.name + ">" + other.name);
        }
      }
    }
  }

  private void pause(Node node, long millis) {
    if (node.paused || node.dead) {
      return;
    }
    node.paused = true;
    step(() -> node.name + " stands still for " + millis + " ms");
    after(
        millis,
        () -> {
          node.paused = false;
          List<Runnable> waiting = List.copyOf(node.whilePaused);
          node.whilePaused.clear();
          waiting.forEach(node::act);
        });
  }

  private void kill(Node node, boolean back) {
    if (nodes.size() == 1 || (nodes.size() > 6 && back)) {
      return;
    }
    node.dead = true;
    step(() -> node.name + " is killed");
    nodes.remove(node);
    if (random.nextBoolean()) {
      after(
          random.nextInt(40),
          () ->
              List.copyOf(nodes)
                  .forEach(other -> other.act(() -> other.shared.left(node.name, other.clock()))));
    }
    if (back) {
      after(random.nextInt(600), () -> start(node.name, node.self.weight()));
    }
  }

  void heal() {
    broken.clear();
    faulty = false;
  }

  // ---- Time

  void run(long millis) {
    long end = now + millis * MILLI;
    Event next = events.peek();
    while (next != null && next.at() <= end) {
      events.remove();
      now = next.at();
      next.action().run();
      happened++;
      history.check();
      next = events.peek();
    }
    now = end;
    nodes.forEach(node -> node.shared.checkInvariants());
  }

  private void step(Supplier<String> what) {
    if (readable) {
      if (steps.size() == STEPS_MAX) {
        steps.removeFirst();
      }
      steps.addLast("%,d us  %s".formatted(now / 1_000, what.get()));
    }
  }

  List<String> steps() {
    return List.copyOf(steps);
  }

  /** Events so far. */
  long happened() {
    return happened;
  }

  /** Nodes that hold a lease. */
  long serving() {
    return nodes.stream().filter(node -> node.shared.hasLease(node.clock())).count();
  }
}
