package dev.tmem.ramster.protocol;

import dev.tmem.backend.Fetched;
import dev.tmem.backend.PageRef;
import dev.tmem.backend.Zpage;
import java.util.Collections;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.IntPredicate;
import java.util.function.LongConsumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * One node among its peers: borrower and lender, without I/O, clock or thread. What it wants done
 * goes to the {@link Outbox} of each call.
 *
 * <p>Confined to one lock of its owner's, which every call holds.
 */
public final class PeerNode {

  /** The default size of pages. */
  private static final int PAGE_BYTES = 4096;

  private final Self self;
  private final Timing timing;
  private final Counts counts;
  private final ForeignStore store;
  private final Peers peers;
  private final Borrower borrower;
  private final Lender lender;
  private @Nullable Farewell farewell;

  /**
   * One with pages of the default size, and memory for any number of peers.
   *
   * @param ephemeral whether pages of a space may be dropped
   * @param random chooses lenders
   * @param now the first of the times that every call gets, in nanoseconds
   */
  public PeerNode(
      Self self,
      Timing timing,
      ForeignStore store,
      HostCalls host,
      IntPredicate ephemeral,
      RandomGenerator random,
      Counts counts,
      long now) {
    this(
        self,
        timing,
        Flight.DEFAULT,
        store,
        host,
        plain(ephemeral),
        Reserve.UNBOUNDED,
        random,
        counts,
        now);
  }

  private static SpaceFacts plain(IntPredicate ephemeral) {
    return new SpaceFacts() {
      @Override
      public boolean isEphemeral(int space) {
        return ephemeral.test(space);
      }

      @Override
      public int pageBytes(int space) {
        return PAGE_BYTES;
      }
    };
  }

  /**
   * @param reserve where the buffers of each peer are set aside, as long as it is in use
   * @param random chooses lenders
   * @param now the first of the times that every call gets, in nanoseconds
   */
  public PeerNode(
      Self self,
      Timing timing,
      Flight flight,
      ForeignStore store,
      HostCalls host,
      SpaceFacts spaces,
      Reserve reserve,
      RandomGenerator random,
      Counts counts,
      long now) {
    this.self = self;
    this.timing = timing;
    this.counts = counts;
    this.store = store;
    this.peers =
        new Peers(self, timing, store::spareBytes, reserve, flight.peerBytes(), new Changes(), now);
    this.borrower =
        new Borrower(self.incarnation(), timing, flight, peers, host, spaces, random, counts);
    this.lender = new Lender(self.incarnation(), timing, store, counts, now);
  }

  public void put(
      List<Zpage> pages, long @Nullable [] apart, Consumer<long[]> result, long now, Outbox out) {
    borrower.put(pages, apart, result, now, out);
  }

  public void get(List<PageRef> refs, Consumer<List<Fetched>> result, long now, Outbox out) {
    borrower.get(refs, result, now, out);
  }

  public void free(List<PageRef> refs, long now, Outbox out) {
    borrower.free(refs, now, out);
  }

  /**
   * Asks the lenders of copies whether they have them.
   *
   * @param missing gets those that they do not have, under no lock
   */
  public void holds(List<PageRef> refs, Consumer<List<PageRef>> missing, long now, Outbox out) {
    borrower.holds(refs, missing, now, out);
  }

  /** The cluster manager says that a node has left. */
  public void left(String nodeId, long now, Outbox out) {
    peers.left(nodeId, now, out);
  }

  /** The connection to a peer has closed: what waits for an answer over it waits no longer. */
  public void channelLost(String address, long now, Outbox out) {
    for (Peer peer : peers.alive()) {
      if (peer.address().equals(address)) {
        borrower.giveUpCalls(peer, "the channel to " + peer.name() + " closed", now, out);
      }
    }
  }

  /** A frame came of a node that speaks another version. */
  public void refuse(OtherVersionException refused, long now) {
    counts.one(Count.OTHER_VERSION_FRAMES);
    peers.refuse(refused, now);
  }

  /**
   * @param arrived when the message came, if it had to wait for its turn
   */
  public void receive(Envelope envelope, long arrived, long now, Outbox out) {
    if (envelope.message() instanceof Message.Gossip gossip) {
      peers.heard(envelope.from(), gossip, now, out);
      return;
    }
    Peer from = peers.find(envelope.from());
    if (from == null || from.state == Peer.State.OTHER_VERSION) {
      counts.one(Count.MISDIRECTED_MESSAGES);
      return;
    }
    if (!envelope.to().equals(self.incarnation())) {
      counts.one(Count.MISDIRECTED_MESSAGES);
      out.send(from.address(), peers.gossip());
      return;
    }
    if (envelope.message() instanceof Message.Goodbye goodbye) {
      goodbye(from, envelope.request(), goodbye, now, out);
      return;
    }
    if (from.state == Peer.State.DEAD) {
      counts.one(Count.MISDIRECTED_MESSAGES);
      return;
    }
    if (envelope.deadlineMillis() > 0 && now - arrived > Timing.nanos(envelope.deadlineMillis())) {
      counts.one(Count.EXPIRED_REQUESTS);
      return;
    }
    dispatch(from, envelope.request(), envelope.message(), now, out);
  }

  private void dispatch(Peer from, long request, Message message, long now, Outbox out) {
    switch (message) {
      case Message.Put m -> {
        if (from.reserved) {
          lender.put(from, request, m, now, out);
        } else {
          refusePut(from, request, m, out);
        }
      }
      case Message.Get m -> lender.get(from, request, m, now, out);
      case Message.Free m -> {
        lender.free(from, request, m, now, out);
        if (lender.awaitsEmpty()) {
          lender.tick(now, out);
        }
      }
      case Message.Sweep m -> borrower.swept(from, request, m, out);
      case Message.HandBack m -> borrower.handedBack(from, request, m, out);
      case Message.Holds m -> lender.holds(from, request, m, now, out);
      case Message.HoldsReply m -> borrower.holdsAnswered(from, request, m, out);
      case Message.PutReply m -> borrower.putAnswered(from, request, m, now, out);
      case Message.GetReply m -> borrower.getAnswered(from, request, m, now, out);
      case Message.FreeReply m -> borrower.freeAnswered(from, request, m, now, out);
      case Message.SweepReply m -> lender.sweepAnswered(from, request, m, now, out);
      case Message.HandBackReply m -> lender.handBackAnswered(from, request, m, now, out);
      case Message.GoodbyeReply m -> {
        if (farewell != null && m.kind() == Message.Goodbye.Kind.GONE) {
          farewell.answered(from, out);
        }
      }
      case Message.Gossip m -> throw new AssertionError("taken before");
      case Message.Goodbye m -> throw new AssertionError("taken before");
    }
  }

  /** There is no memory for the buffers that this peer would need. */
  private void refusePut(Peer from, long request, Message.Put put, Outbox out) {
    List<Verdict> verdicts = Collections.nCopies(put.entries().size(), Verdict.NO_ROOM);
    counts.add(Count.FOREIGN_PAGES_REFUSED, verdicts.size());
    out.send(
        from.address(),
        new Envelope(
            self.incarnation(), from.incarnation(), request, 0, new Message.PutReply(0, verdicts)));
  }

  private void goodbye(Peer from, long request, Message.Goodbye goodbye, long now, Outbox out) {
    out.send(
        from.address(),
        new Envelope(
            self.incarnation(),
            from.incarnation(),
            request,
            0,
            new Message.GoodbyeReply(goodbye.kind())));
    switch (goodbye.kind()) {
      case GONE -> peers.bury(from, "peer " + from.name() + " said goodbye", now, out);
      case LENDER_LEAVES -> {
        if (from.state != Peer.State.DEAD) {
          borrower.lenderLeaves(from, out);
        }
      }
    }
  }

  public void tick(long now, Outbox out) {
    peers.tick(now, out);
    borrower.tick(now, out);
    lender.tick(now, out);
    if (farewell != null) {
      farewell.tick(now, out);
    }
  }

  /** When {@link #tick} is wanted at the latest. */
  public long due() {
    long due = lender.due(borrower.due(peers.due()));
    return farewell == null ? due : farewell.due(due);
  }

  /**
   * Lends no more, and asks the owners of foreign pages to take them back.
   *
   * @param done gets the number of pages left at the deadline, or 0 as soon as none is left
   */
  public void leave(long deadline, LongConsumer done, long now, Outbox out) {
    peers.leave(out);
    lender.leave(deadline, done, now, out);
  }

  /** The lend limit has changed. */
  public void limitChanged(long now, Outbox out) {
    lender.tick(now, out);
    out.broadcast(peers.gossip());
  }

  /** Own pages need that much of the room that is lent. */
  public void giveWay(long bytes, long now, Outbox out) {
    lender.giveWay(bytes, now, out);
  }

  /**
   * Drops foreign pages that may be dropped.
   *
   * @return bytes that came free
   */
  public long dropEphemeral(long bytes) {
    return lender.dropEphemeral(bytes);
  }

  /** How quickly foreign pages are handed back. */
  public void setHandBackRate(long bytesPerSecond) {
    lender.setHandBackRate(bytesPerSecond);
  }

  /** Takes a {@link #leave} back: lends again. */
  public void stay(Outbox out) {
    lender.stay(out);
    peers.stay(out);
  }

  public boolean isLeaving() {
    return lender.isLeaving();
  }

  /**
   * Tells everyone that this incarnation ends.
   *
   * @param done runs when all have answered, or at the deadline
   */
  public void end(long deadline, Runnable done, long now, Outbox out) {
    borrower.flushFrees(now, out);
    farewell = new Farewell(self.incarnation(), timing, peers.alive(), deadline, done, now);
    farewell.tick(now, out);
  }

  /** Fails what is under way and drops every foreign page; nothing may be called after it. */
  public void close(long now, Outbox out) {
    borrower.close(now, out);
    lender.close();
    peers.close();
  }

  /**
   * Offers some more of the foreign zpages to compaction.
   *
   * @return false: that was all
   */
  public boolean compact(Compaction progress) {
    return progress.step(lender.tables());
  }

  public List<PeerView> peers() {
    return peers.all().stream().map(this::view).toList();
  }

  /** What is kept for each borrower. */
  List<ForeignTable> tables() {
    return lender.tables();
  }

  /** Who keeps a copy. */
  PeerView lenderOf(long handle) {
    return view(borrower.lenderOf(handle));
  }

  private PeerView view(Peer peer) {
    return new PeerView(
        peer.name(),
        peer.incarnation(),
        peer.address(),
        peer.publishedState(),
        peer.lends() ? Math.max(0, peer.spareBytes) : 0,
        borrower.pagesAt(peer),
        lender.pagesOf(peer),
        lender.ephemeralPagesOf(peer),
        lender.bytesOf(peer),
        lender.handedBackTo(peer),
        peer.rack());
  }

  /** What the lenders that can be heard would take. */
  public long spareBytesOfPeers() {
    return peers.alive().stream()
        .filter(Peer::lends)
        .mapToLong(peer -> Math.max(0, peer.spareBytes))
        .sum();
  }

  public long bytesLent() {
    return borrower.bytesLent();
  }

  /**
   * Copies of this node's pages that cannot be had: their lenders are not heard, or have ended and
   * the dispatcher has not been told yet.
   */
  public long pagesAway() {
    return borrower.pagesAway();
  }

  public long freesPending() {
    return borrower.freesPending();
  }

  public long foreignPages() {
    return lender.pages();
  }

  public long foreignEphemeralPages() {
    return lender.ephemeralPages();
  }

  public long foreignBytes() {
    return store.bytes();
  }

  /** Asserts what must hold between two calls. */
  void checkInvariants() {
    borrower.checkInvariants();
    assert store.bytes() == lender.bytes() : store.bytes() + " of " + lender.bytes();
  }

  /** What becomes of the peers, told to both sides. */
  private final class Changes implements PeerListener {

    @Override
    public void met(Peer peer, Outbox out) {
      borrower.met(out);
    }

    @Override
    public void doubtful(Peer peer, String reason, long now, Outbox out) {
      borrower.doubtful(peer, reason, now, out);
    }

    @Override
    public void back(Peer peer, long now, Outbox out) {
      borrower.back(peer, now, out);
    }

    @Override
    public void dead(Peer peer, String reason, long now, Outbox out) {
      borrower.dead(peer, reason, now, out);
      lender.dead(peer);
    }

    @Override
    public boolean forgettable(Peer peer) {
      return !borrower.uses(peer) && lender.pagesOf(peer) == 0;
    }
  }
}
