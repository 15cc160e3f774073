package dev.tmem.cleancache.shared.protocol;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which view this node has installed, whether it may serve under it, and its part in agreeing on
 * the next. {@code docs/shared-caches.md} has the rule and why it holds.
 *
 * <p>Invariants: the numbers of the views that are installed grow; a lease is asked for under the
 * view that is installed, and granted to those who have installed the same; once a successor was
 * accepted no lease of the view is granted.
 *
 * <p>Confined to one lock of its owner's, which every call holds.
 */
public final class ViewKeeper {

  private static final Logger LOG = LoggerFactory.getLogger(ViewKeeper.class);

  /** What follows from a change; called under the lock. */
  public interface Listener {

    /**
     * A view takes effect.
     *
     * @param isNext it follows the one that was installed before, and pages may be kept
     */
    void installed(View view, boolean isNext, long now);

    /** This node may serve under that view until then. */
    void leased(View view, long until);
  }

  /** Numbers of forced views are so far above, and differ when two nodes are told to force one. */
  private static final long FORCED_STEP = 1L << 32;

  private final Member self;
  private final String nodeId;
  private final boolean tieBreak;
  private final Timing timing;
  private final RandomGenerator random;
  private final Listener listener;
  private final Heard heard;
  private final PastViews past;

  private @Nullable View view;
  private long installedAt;
  private @Nullable Acceptor acceptor;
  private @Nullable Lease lease;
  private @Nullable Proposer proposer;

  /** Since the first tick at which a change was wanted. */
  private long wantedAt;

  private boolean wanted;

  /** Another proposal of this node's is not to follow before. */
  private long nextProposal;

  private long highestBallot;

  private long sequence;
  private long startedAt;
  private long nextHello;
  private long nextRenewal;
  private long lastTick;
  private boolean leaving;
  private boolean stray;
  private boolean claimed;

  /**
   * @param nodeId how the cluster manager calls this node
   * @param tieBreak of the lineage, should this node found it
   */
  public ViewKeeper(
      Member self,
      String nodeId,
      boolean tieBreak,
      Timing timing,
      RandomGenerator random,
      Listener listener,
      long now) {
    this.self = self;
    this.nodeId = nodeId;
    this.tieBreak = tieBreak;
    this.timing = timing;
    this.random = random;
    this.listener = listener;
    this.heard = new Heard(timing);
    this.past = new PastViews(timing);
    this.startedAt = now;
    this.nextHello = now;
    this.nextRenewal = now;
    this.nextProposal = now;
    this.lastTick = now;
  }

  public Member self() {
    return self;
  }

  public @Nullable View view() {
    return view;
  }

  // ---- Messages

  public void receive(UUID from, Message message, long now, Outbox out) {
    heard.heard(from, now);
    switch (message) {
      case Message.Hello m -> hello(m, now, out);
      case Message.Install m -> offered(m.view(), now, out);
      case Message.Installed m -> heard.installed(from, m.view());
      case Message.Prepare m -> vote(from, m.view(), a -> a.prepare(m.ballot()), now, out);
      case Message.Accept m ->
          vote(from, m.view(), a -> a.accept(m.ballot(), m.successor()), now, out);
      case Message.Promise m -> promised(from, m, now, out);
      case Message.Accepted m -> accepted(from, m, now, out);
      case Message.Overtaken m -> overtaken(m);
      case Message.Renew m -> renew(from, m, now, out);
      case Message.Granted m -> granted(from, m);
      case Message.Request m -> throw new IllegalArgumentException("for the home");
      case Message.Reply m -> throw new IllegalArgumentException("for the caller");
    }
  }

  private void hello(Message.Hello hello, long now, Outbox out) {
    if (hello.self().incarnation().equals(self.incarnation()) || !heard.hello(hello, now)) {
      return;
    }
    View mine = view;
    ViewName theirs = hello.view();
    if (mine == null || theirs == null) {
      if (mine != null) {
        out.send(hello.self(), new Message.Install(mine));
      }
      return;
    }
    if (theirs.isBefore(mine.name())) {
      out.send(hello.self(), new Message.Install(mine));
    } else if (!theirs.lineage().equals(mine.name().lineage()) && givesWay(mine, hello, now)) {
      abandon(mine, hello);
    }
  }

  /** Of two lineages the smaller one is given up, by each of its members by itself. */
  private boolean givesWay(View mine, Message.Hello other, long now) {
    if (!mine.contains(self.incarnation())) {
      return mine.members().stream().noneMatch(m -> heard.isAlive(m.incarnation(), now));
    }
    int size = Integer.compare(other.members(), mine.members().size());
    UUID lineage = other.view() == null ? mine.name().lineage() : other.view().lineage();
    return size > 0 || (size == 0 && lineage.compareTo(mine.name().lineage()) < 0);
  }

  private void abandon(View mine, Message.Hello other) {
    LOG.warn(
        "shared caches: {} gives up {}, since {} follows another lineage",
        self.name(),
        mine.name(),
        other.self().name());
    forget();
    stray = true;
  }

  private void forget() {
    view = null;
    acceptor = null;
    lease = null;
    proposer = null;
    past.forget();
  }

  private void offered(View offered, long now, Outbox out) {
    View mine = view;
    if (mine == null || mine.name().isBefore(offered.name())) {
      install(offered, now, out);
    }
  }

  /** Answers a question about the successor of the view that is installed. */
  private void vote(
      UUID from, ViewName about, Function<Acceptor, Message> vote, long now, Outbox out) {
    View mine = view;
    Acceptor voter = acceptor;
    if (mine == null || voter == null) {
      return;
    }
    Member asker = mine.member(from);
    if (asker == null) {
      return;
    }
    if (about.equals(mine.name())) {
      answer(asker, vote.apply(voter), now, out);
    } else if (about.isBefore(mine.name())) {
      out.send(asker, new Message.Install(mine));
    }
  }

  private void answer(Member to, Message message, long now, Outbox out) {
    if (to.incarnation().equals(self.incarnation())) {
      receive(self.incarnation(), message, now, out);
    } else {
      out.send(to, message);
    }
  }

  // ---- Agreeing on the next view

  private void promised(UUID from, Message.Promise promise, long now, Outbox out) {
    Proposer mine = proposer;
    if (isAboutMine(promise.view()) && mine != null && mine.promised(from, promise)) {
      askAll(mine, now, out);
    }
  }

  private void accepted(UUID from, Message.Accepted acceptance, long now, Outbox out) {
    Proposer mine = proposer;
    View agreed =
        isAboutMine(acceptance.view()) && mine != null ? mine.accepted(from, acceptance) : null;
    View before = view;
    if (agreed == null || before == null) {
      return;
    }
    Message.Install news = new Message.Install(agreed);
    out.broadcast(news);
    before.members().forEach(member -> sendToOther(member, news, out));
    agreed.members().stream()
        .filter(member -> !before.contains(member.incarnation()))
        .forEach(member -> sendToOther(member, news, out));
    install(agreed, now, out);
  }

  private void overtaken(Message.Overtaken overtaken) {
    if (isAboutMine(overtaken.view())) {
      highestBallot = Math.max(highestBallot, overtaken.promised());
    }
  }

  private boolean isAboutMine(ViewName name) {
    return view != null && view.name().equals(name);
  }

  private void sendToOther(Member member, Message message, Outbox out) {
    if (!member.incarnation().equals(self.incarnation())) {
      out.send(member, message);
    }
  }

  private void askAll(Proposer asking, long now, Outbox out) {
    View mine = view;
    if (mine == null) {
      return;
    }
    Message question = asking.question();
    mine.members().forEach(member -> sendToOther(member, question, out));
    receive(self.incarnation(), question, now, out);
  }

  /** Proposes a successor if one is wanted and it is this node's turn. */
  private void propose(View mine, long now, Outbox out) {
    Proposer before = proposer;
    if (before != null && !before.isOver(now)) {
      return;
    }
    List<Member> next = nextMembers(mine, now);
    boolean isFresh = strayAmong(next, mine);
    boolean stuck = acceptor != null && !acceptor.mayGrant();
    if (next.isEmpty() || (next.equals(mine.members()) && !isFresh && !stuck)) {
      wanted = false;
      return;
    }
    if (!wanted) {
      wanted = true;
      wantedAt = now;
    }
    if (now - nextProposal < 0 || now - wantedAt < patience(mine, stuck, now)) {
      return;
    }
    nextProposal = now + Timing.nanos(timing.proposalMillis());
    nextProposal += random.nextLong(Timing.nanos(timing.proposalMillis()));
    long promised = acceptor == null ? 0 : acceptor.promised();
    highestBallot = Proposer.ballotAbove(Math.max(highestBallot, promised), indexOfSelf(mine));
    View successor = mine.successor(next, isFresh, past.notOver(now), past.isWhole(now));
    long deadline = now + Timing.nanos(timing.proposalMillis());
    Proposer mineNow = new Proposer(mine, highestBallot, successor, deadline);
    proposer = mineNow;
    askAll(mineNow, now, out);
  }

  /**
   * The oldest members that are alive propose first, so that proposals seldom meet; and what others
   * have begun is left to them for a while.
   */
  private long patience(View mine, boolean stuck, long now) {
    long before = stuck ? 2 : 0;
    for (Member member : mine.members()) {
      if (member.incarnation().equals(self.incarnation())) {
        break;
      }
      before += heard.isAlive(member.incarnation(), now) ? 1 : 0;
    }
    return before * Timing.nanos(timing.proposalMillis());
  }

  private int indexOfSelf(View mine) {
    List<Member> members = mine.members();
    for (int i = 0; i < members.size(); i++) {
      if (members.get(i).incarnation().equals(self.incarnation())) {
        return i;
      }
    }
    throw new IllegalStateException(self.name() + " is no member of " + mine.name());
  }

  private List<Member> nextMembers(View mine, long now) {
    List<Member> next = new ArrayList<>();
    for (Member member : mine.members()) {
      boolean isSelf = member.incarnation().equals(self.incarnation());
      Heard.Other other = heard.find(member.incarnation());
      boolean goes =
          isSelf ? leaving : isSilent(other, member.incarnation(), now) || isLeaving(other);
      if (!goes) {
        next.add(member);
      }
    }
    for (Message.Hello hello : heard.alive(now)) {
      boolean joins = hello.self().weight() > 0 && !hello.leaving() && follows(hello, mine);
      if (joins && !mine.contains(hello.self().incarnation()) && next.size() < View.MEMBERS_MAX) {
        next.add(hello.self());
      }
    }
    return next;
  }

  /** Who was never heard has as long as the view is new to say something. */
  private boolean isSilent(Heard.@Nullable Other other, UUID incarnation, long now) {
    return other == null
        ? now - installedAt >= Timing.nanos(timing.suspectMillis())
        : !heard.isAlive(incarnation, now);
  }

  private static boolean isLeaving(Heard.@Nullable Other other) {
    return other != null && other.hello.leaving();
  }

  private static boolean follows(Message.Hello hello, View mine) {
    ViewName theirs = hello.view();
    return theirs == null || theirs.lineage().equals(mine.name().lineage());
  }

  private boolean strayAmong(List<Member> next, View mine) {
    for (Member member : next) {
      Heard.Other other = heard.find(member.incarnation());
      if (other != null && other.hello.stray() && !mine.contains(member.incarnation())) {
        return true;
      }
    }
    return false;
  }

  // ---- Installing

  private void install(View next, long now, Outbox out) {
    View before = view;
    boolean isNext =
        before != null
            && !next.fresh()
            && before.name().isBefore(next.name())
            && before.number() + 1 == next.number();
    past.remember(before, next, isNext, now);
    view = next;
    installedAt = now;
    proposer = null;
    wanted = false;
    highestBallot = 0;
    stray = false;
    claimed = false;
    boolean isMember = next.contains(self.incarnation());
    acceptor = isMember ? new Acceptor(next.name()) : null;
    lease = isMember ? new Lease(next, timing) : null;
    LOG.info(
        "shared caches: view {} with {} members{}",
        next.number(),
        next.members().size(),
        isMember ? "" : ", of which this node is none");
    listener.installed(next, isNext, now);
    Message.Installed done = new Message.Installed(next.name());
    next.members().forEach(member -> sendToOther(member, done, out));
    nextRenewal = now;
    tickLease(now, out);
  }

  /**
   * Whether nobody but this node can be serving a slot, of which it is the home.
   *
   * @param settledAt when a lease of anybody's has ended for sure
   */
  public boolean isSettled(int slot, long settledAt, long now) {
    if (now - settledAt >= 0) {
      return true;
    }
    View mine = view;
    return mine != null
        && past.isWhole(now)
        && past.homes(slot, (home, number) -> hasSeenTheEnd(home, number, mine), now).isEmpty();
  }

  private boolean hasSeenTheEnd(UUID home, long number, View mine) {
    if (home.equals(self.incarnation())) {
      return true;
    }
    Heard.Other other = heard.find(home);
    return other != null
        && other.installed != null
        && other.installed.lineage().equals(mine.name().lineage())
        && other.installed.number() > number;
  }

  /** Tells the homes that a slot has had of the view, since something waits for them to see it. */
  public void remind(int slot, long now, Outbox out) {
    View mine = view;
    if (mine == null) {
      return;
    }
    for (UUID home :
        past.homes(slot, (earlier, number) -> hasSeenTheEnd(earlier, number, mine), now)) {
      Heard.Other other = heard.find(home);
      if (other != null) {
        out.send(other.hello.self(), new Message.Install(mine));
      }
    }
  }

  // ---- Leases

  private void renew(UUID from, Message.Renew renew, long now, Outbox out) {
    View mine = view;
    Member asker = mine == null ? null : mine.member(from);
    if (mine == null || acceptor == null || asker == null) {
      return;
    }
    if (renew.view().equals(mine.name())) {
      if (acceptor.mayGrant()) {
        answer(asker, new Message.Granted(renew.view(), renew.asked()), now, out);
      }
    } else if (renew.view().isBefore(mine.name())) {
      out.send(asker, new Message.Install(mine));
    }
  }

  private void granted(UUID from, Message.Granted granted) {
    View mine = view;
    Lease held = lease;
    if (mine != null && held != null && granted.view().equals(mine.name())) {
      if (held.granted(from, granted.asked())) {
        listener.leased(mine, held.until());
      }
    }
  }

  private void tickLease(long now, Outbox out) {
    View mine = view;
    if (mine == null || lease == null || now - nextRenewal < 0) {
      return;
    }
    nextRenewal = now + Timing.nanos(timing.renewMillis());
    Message.Renew question = new Message.Renew(mine.name(), now);
    mine.members().forEach(member -> sendToOther(member, question, out));
    receive(self.incarnation(), question, now, out);
  }

  // ---- Time, and the cluster

  public void tick(long now, Outbox out) {
    long pause = now - lastTick;
    lastTick = now;
    if (pause > Timing.nanos(timing.suspectMillis()) / 2) {
      heard.forgive(pause);
    }
    if (now - nextHello >= 0) {
      nextHello = now + Timing.nanos(timing.helloMillis());
      out.broadcast(hello());
    }
    View mine = view;
    if (mine == null) {
      found(now, out);
    } else if (mine.contains(self.incarnation())) {
      tickLease(now, out);
      propose(mine, now, out);
    }
  }

  private Message.Hello hello() {
    sequence++;
    View mine = view;
    return new Message.Hello(
        self,
        sequence,
        nodeId,
        leaving,
        stray,
        mine == null ? null : mine.name(),
        mine == null ? 0 : mine.members().size());
  }

  private void found(long now, Outbox out) {
    boolean hears = heard.alive(now).stream().anyMatch(hello -> hello.view() != null);
    boolean listened = now - startedAt >= Timing.nanos(timing.listenMillis());
    if (self.weight() > 0 && !leaving && !claimed && !hears && listened) {
      claimed = true;
      startedAt = now;
      out.claim();
    }
  }

  /**
   * The cluster's answer to {@link Outbox#claim}.
   *
   * @param granted this node is the only one that was allowed to found a lineage
   */
  public void mayFound(boolean granted, UUID lineage, long now, Outbox out) {
    claimed = false;
    if (granted && view == null && !leaving) {
      install(View.first(lineage, self, tieBreak), now, out);
    }
  }

  /** The cluster manager says that a node has left. */
  public void left(String leftNodeId, long now, Outbox out) {
    heard.left(leftNodeId, now);
    tick(now, out);
  }

  /** Asks to be left out of the next view. */
  public void leave(long now, Outbox out) {
    leaving = true;
    out.broadcast(hello());
    tick(now, out);
  }

  /**
   * Goes on without the quorum of the view, which is lost for good, with whoever is heard.
   *
   * @param number of the view that is stuck
   * @return why not; null: it is done
   */
  public @Nullable String force(long number, long now, Outbox out) {
    View mine = view;
    if (mine == null || mine.number() != number || !mine.contains(self.incarnation())) {
      return "this node is no member of view " + number;
    }
    Set<UUID> heardOf = new HashSet<>(Set.of(self.incarnation()));
    heard.alive(now).forEach(hello -> heardOf.add(hello.self().incarnation()));
    List<Member> next = nextMembers(mine, now);
    next.removeIf(member -> !heardOf.contains(member.incarnation()));
    if (mine.isQuorum(heardOf) || next.isEmpty()) {
      return "a quorum of view " + number + " is heard, and agrees on the next one";
    }
    LOG.warn("shared caches: {} is given up by command, {} go on", mine.name(), next.size());
    View forced = mine.forced(next, FORCED_STEP + random.nextLong(FORCED_STEP));
    out.broadcast(new Message.Install(forced));
    install(forced, now, out);
    return null;
  }

  /** Whether this node is home of nothing. */
  public boolean hasLeft() {
    View mine = view;
    return mine == null || !mine.contains(self.incarnation()) || mine.members().size() == 1;
  }

  /** When {@link #tick} is wanted at the latest. */
  public long due(long now) {
    return now + Math.min(nextHello - now, Timing.nanos(timing.retryMillis()));
  }

  void checkInvariants() {
    View mine = view;
    if (mine != null) {
      boolean isMember = mine.contains(self.incarnation());
      assert isMember == (acceptor != null) && isMember == (lease != null) : mine.name();
    }
  }
}
