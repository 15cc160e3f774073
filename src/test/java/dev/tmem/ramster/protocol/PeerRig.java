package dev.tmem.ramster.protocol;

import dev.tmem.backend.Backend;
import dev.tmem.backend.BackendHost;
import dev.tmem.backend.Codec;
import dev.tmem.backend.Fetched;
import dev.tmem.backend.PageKey;
import dev.tmem.backend.PageRef;
import dev.tmem.backend.Zpage;
import dev.tmem.memory.BlockPool;
import dev.tmem.memory.MemoryAccount;
import dev.tmem.memory.RegionPool;
import dev.tmem.zram.ZramBackend;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.function.LongPredicate;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Nodes among each other in one thread, on a clock that a test turns: what is sent arrives a
 * millisecond later, unless the test holds it back. Each node has a set of copies for a dispatcher.
 */
final class PeerRig implements AutoCloseable {

  private static final long MILLI = 1_000_000;
  private static final int OFFSET_BYTES = 100;

  /** A frame on its way. */
  record Parcel(String from, String to, Buffer frame) {

    Envelope envelope() {
      try {
        return MessageCodec.decode(frame);
      } catch (WireException e) {
        throw new AssertionError("a frame of our own does not decode", e);
      }
    }

    boolean is(Class<? extends Message> kind) {
      return kind.isInstance(envelope().message());
    }
  }

  final Timing timing;
  final Flight flight;
  final Map<String, Node> nodes = new LinkedHashMap<>();

  /** What is held back is kept here, in order. */
  final List<Parcel> held = new ArrayList<>();

  /** Which parcels are held back. */
  Predicate<Parcel> holds = parcel -> false;

  /** Which are dropped. */
  Predicate<Parcel> drops = parcel -> false;

  /** Nodes whose process stands still: what is sent to them waits. */
  final Set<String> paused = new HashSet<>();

  long now = 1_000_000_000L;
  private int started;
  private final ArrayDeque<Runnable> effects = new ArrayDeque<>();
  private ArrayDeque<Parcel> network = new ArrayDeque<>();
  private final Map<String, ArrayDeque<Parcel>> waiting = new HashMap<>();
  private final List<Node> ended = new ArrayList<>();

  PeerRig(Timing timing) {
    this(timing, Flight.DEFAULT);
  }

  PeerRig(Timing timing, Flight flight) {
    this.timing = timing;
    this.flight = flight;
  }

  /** Pages of an area, of 4 KiB. */
  private static final class Pages implements SpaceFacts {
    @Override
    public boolean isEphemeral(int space) {
      return false;
    }

    @Override
    public int pageBytes(int space) {
      return 4096;
    }
  }

  /** Counts what is set aside, up to a limit. */
  static final class Budget implements Reserve {
    long limit = Long.MAX_VALUE;
    long taken;

    @Override
    public boolean take(long bytes) {
      if (bytes > limit - taken) {
        return false;
      }
      taken += bytes;
      return true;
    }

    @Override
    public void give(long bytes) {
      taken -= bytes;
    }
  }

  Node start(String name, long lendLimit) {
    return start(name, lendLimit, "");
  }

  /** Starts a node; one of that name that runs has ended without a word. */
  Node start(String name, long lendLimit, String rack) {
    Node before = nodes.remove(name);
    if (before != null) {
      ended.add(before);
    }
    Node node = new Node(name, ++started, lendLimit, rack);
    nodes.put(name, node);
    return node;
  }

  void kill(String name) {
    ended.add(Objects.requireNonNull(nodes.remove(name)));
  }

  /** Neither side hears the other. */
  static Predicate<Parcel> between(String one, String other) {
    return parcel ->
        (parcel.from().equals(one) && parcel.to().equals(other))
            || (parcel.from().equals(other) && parcel.to().equals(one));
  }

  void run(long millis) {
    settle();
    for (long i = 0; i < millis; i++) {
      now += MILLI;
      ArrayDeque<Parcel> arriving = network;
      network = new ArrayDeque<>();
      for (Parcel parcel : arriving) {
        arrive(parcel);
      }
      for (Node node : List.copyOf(nodes.values())) {
        if (!paused.contains(node.name) && now - node.peerNode.due() >= 0) {
          node.peerNode.tick(now, node.out);
          settle();
        }
      }
    }
  }

  /** Delivers what was held back, now, in that order. */
  void letGo(List<Parcel> parcels) {
    for (Parcel parcel : List.copyOf(parcels)) {
      held.remove(parcel);
      deliver(parcel);
    }
  }

  private void arrive(Parcel parcel) {
    if (drops.test(parcel)) {
      return;
    }
    if (holds.test(parcel)) {
      held.add(parcel);
    } else if (paused.contains(parcel.to())) {
      waiting.computeIfAbsent(parcel.to(), to -> new ArrayDeque<>()).add(parcel);
    } else {
      deliver(parcel);
    }
  }

  /** A process goes on: what waited for it comes late. */
  void resume(String name) {
    paused.remove(name);
    ArrayDeque<Parcel> late = waiting.remove(name);
    if (late != null) {
      late.forEach(this::deliver);
    }
  }

  private void deliver(Parcel parcel) {
    Node node = nodes.get(parcel.to());
    if (node != null) {
      node.peerNode.receive(parcel.envelope(), now, now, node.out);
      settle();
    }
  }

  void settle() {
    for (Runnable effect = effects.poll(); effect != null; effect = effects.poll()) {
      effect.run();
    }
    nodes.values().forEach(node -> node.peerNode.checkInvariants());
  }

  /** A page of that offset, of content that tells it. */
  static Zpage zpage(long offset, long epoch, int length) {
    byte[] bytes = new byte[length];
    new Random(offset * 31 + epoch).nextBytes(bytes);
    return Zpage.of(new PageKey(1, offset), epoch, Codec.LZ4, 4096, bytes);
  }

  @Override
  public void close() {
    nodes.values().forEach(node -> node.regions.close());
    ended.forEach(node -> node.regions.close());
  }

  /** A node and its copies. */
  final class Node implements BackendHost {

    final String name;
    final PeerNode peerNode;
    final UUID incarnation;
    final Counts counts = new Counts();
    final MemoryAccount account = new MemoryAccount(16L << 20);
    final Outbox out;
    final ForeignStore store;
    final Budget reserve = new Budget();

    /** Copies that pages name. */
    final Set<PageRef> named = new HashSet<>();

    /** Copies that are gone for good, by what the backend said. */
    final Set<PageRef> gone = new HashSet<>();

    final List<String> heard = new ArrayList<>();

    /** The copies that were said to be doubtful, each time. */
    final List<List<PageRef>> doubted = new ArrayList<>();

    /** What was said to be doubtful last; a dispatcher asks while it walks over its pages. */
    LongPredicate doubt = handle -> false;

    /** While it is there, what is gone is struck when it ends. */
    @Nullable Future<Void> busy;

    private final RegionPool regions = new RegionPool(account);

    private Node(String name, int started, long lendLimit, String rack) {
      this.name = name;
      this.out = new Sending(name);
      HostCalls host = new HostCalls(Runnable::run);
      host.attach(this);
      Random random = new Random(started);
      this.incarnation = new UUID(random.nextLong(), random.nextLong());
      this.store =
          new ForeignStore(new ZramBackend(regions, account), new BlockPool(regions), lendLimit);
      this.peerNode =
          new PeerNode(
              new Self(name, incarnation, started, name, name, rack),
              timing,
              flight,
              store,
              host,
              new Pages(),
              reserve,
              random,
              counts,
              now);
    }

    long count(Count what) {
      return Objects.requireNonNull(counts.published().get(what.published()));
    }

    PeerView peer(String other) {
      return peerNode.peers().stream()
          .filter(view -> view.name().equals(other) && !view.state().equals("dead"))
          .findFirst()
          .orElseThrow();
    }

    boolean sees(String other) {
      return peerNode.peers().stream()
          .anyMatch(view -> view.name().equals(other) && view.state().equals("alive"));
    }

    /** Asks as this node would; returns what it is answered. */
    List<Verdict> ask(Node other, Message.Sweep question) {
      List<Verdict> verdicts = new ArrayList<>();
      drops =
          parcel -> {
            if (parcel.envelope().message() instanceof Message.SweepReply reply) {
              verdicts.addAll(reply.verdicts());
            }
            return false;
          };
      UUID to = peer(other.name).incarnation();
      out.send(other.name, new Envelope(incarnation, to, 999, 0, question));
      run(5);
      drops = parcel -> false;
      return verdicts;
    }

    /** Puts pages; what was taken is named as soon as the answer is there. */
    Put put(long firstOffset, int pages) {
      return put(firstOffset, pages, null);
    }

    /**
     * @param apart the copies to stay apart from; null: none
     */
    Put put(long firstOffset, int pages, long @Nullable [] apart) {
      List<Zpage> zpages = new ArrayList<>();
      for (int i = 0; i < pages; i++) {
        zpages.add(zpage(firstOffset + i, 1, OFFSET_BYTES));
      }
      return put(zpages, apart);
    }

    Put put(List<Zpage> zpages, long @Nullable [] apart) {
      Put put = new Put();
      peerNode.put(
          zpages,
          apart,
          handles -> {
            put.handles = handles;
            for (int i = 0; i < handles.length; i++) {
              if (handles[i] != Backend.REFUSED) {
                Zpage page = zpages.get(i);
                put.refs.add(new PageRef(page.key(), page.epoch(), handles[i]));
              }
            }
            named.addAll(put.refs);
          },
          now,
          out);
      settle();
      return put;
    }

    void free(List<PageRef> refs) {
      refs.forEach(named::remove);
      peerNode.free(refs, now, out);
      settle();
    }

    Get get(List<PageRef> refs) {
      Get get = new Get();
      peerNode.get(refs, answers -> get.answers = answers, now, out);
      settle();
      return get;
    }

    @Override
    public boolean rehandle(PageKey key, long epoch, long oldHandle, long newHandle) {
      throw new UnsupportedOperationException("nobody moves");
    }

    @Override
    public Future<Long> copiesGone(LongPredicate handles, String reason) {
      heard.add("gone: " + reason);
      List<PageRef> struck = matching(handles);
      named.removeAll(struck);
      gone.addAll(struck);
      Future<Void> before = busy == null ? Future.succeededFuture() : busy;
      return before.map((long) struck.size());
    }

    @Override
    public Future<Long> copiesDoubtful(LongPredicate handles, String reason) {
      heard.add("doubtful: " + reason);
      doubt = handles;
      doubted.add(matching(handles));
      return Future.succeededFuture((long) matching(handles).size());
    }

    @Override
    public Future<Long> evacuate(LongPredicate handles) {
      heard.add("evacuate");
      free(matching(handles));
      return Future.succeededFuture(0L);
    }

    @Override
    public void roomFound() {
      heard.add("room");
    }

    @Override
    public boolean names(PageRef copy) {
      return named.contains(copy);
    }

    private List<PageRef> matching(LongPredicate handles) {
      return named.stream().filter(ref -> handles.test(ref.handle())).toList();
    }
  }

  /** A put, and its result when it has come. */
  static final class Put {
    long[] handles = {};
    final List<PageRef> refs = new ArrayList<>();

    boolean isDone() {
      return handles.length > 0;
    }

    long refused() {
      return Arrays.stream(handles).filter(handle -> handle == Backend.REFUSED).count();
    }

    Set<Integer> lenders() {
      Set<Integer> lenders = new HashSet<>();
      refs.forEach(ref -> lenders.add(HandleLayout.lender(ref.handle())));
      return lenders;
    }
  }

  /** A get, and its answers when they have come. */
  static final class Get {
    List<Fetched> answers = List.of();

    boolean isDone() {
      return !answers.isEmpty();
    }
  }

  private final class Sending implements Outbox {

    private final String from;

    Sending(String from) {
      this.from = from;
    }

    @Override
    public void send(String address, Envelope envelope) {
      effects.add(() -> network.add(new Parcel(from, address, MessageCodec.encode(envelope))));
    }

    @Override
    public void broadcast(Envelope envelope) {
      effects.add(() -> {
        for (String to : nodes.keySet()) {
          network.add(new Parcel(from, to, MessageCodec.encode(envelope)));
        }
      });
    }

    @Override
    public void after(Runnable effect) {
      effects.add(effect);
    }

    @Override
    public void sendAfter(String address, Supplier<Envelope> envelope) {
      effects.add(
          () -> network.add(new Parcel(from, address, MessageCodec.encode(envelope.get()))));
    }
  }
}
