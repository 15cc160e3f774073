package dev.tmem.cleancache.shared.protocol;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.tmem.ObjectKey;
import dev.tmem.cleancache.shared.protocol.Message.CacheName;
import dev.tmem.cleancache.shared.protocol.Message.Outcome;
import dev.tmem.cleancache.shared.protocol.Message.Reply;
import dev.tmem.cleancache.shared.protocol.Message.Request;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Who loads which page at this home, and who waits for it. One loader runs at a time for a page;
 * when it has ended all who wait are told, whether it brought the page or failed. A put or an
 * invalidate of the page ends a load before its time: its page still goes to those who wait, since
 * they asked before, but is not kept.
 *
 * <p>What became of a load is remembered for a while under the number of each request that took
 * part in it, so that a request that was sent twice begins no second load.
 *
 * <p>A loader that was not heard for {@link #SILENT_NANOS} is taken for dead; whoever asks next
 * loads. Only the time counts in which this home was awake to hear it, which {@link #tick} tells.
 *
 * <p>Thread-safe: this object's monitor. What is told is told outside of it.
 */
final class Loads {

  /** After it a loader that is not heard has its load taken away. */
  static final long SILENT_NANOS = 5_000_000_000L;

  /** What became of a load is remembered so long for those who have missed the answer. */
  static final long ANSWER_NANOS = 5_000_000_000L;

  /** Bytes of pages that are remembered for them, each page counted for each of them. */
  static final long ANSWER_BYTES_MAX = 16L << 20;

  /** Loads, and those who wait for them. */
  static final int MAX = 65_536;

  /**
   * A loader that was silent for so long has ended, and so have all who waited for it: one of them
   * would have taken its place.
   */
  static final long GONE_NANOS = 6 * SILENT_NANOS;

  /** Tells an answer to one who waits. */
  interface Teller {
    void tell(Member to, Reply reply, long now);
  }

  /** A page. */
  record Key(CacheName cache, ObjectKey object, int index) {
    static Key of(Request request) {
      return new Key(request.cache(), request.object(), request.indexes().getFirst());
    }
  }

  /** A request for a page. */
  private record Asker(UUID incarnation, long number) {}

  /**
   * @param outcome {@link Outcome#LATE}: of the loader's own request, which was answered before
   */
  private record Answer(Outcome outcome, @Nullable Buffer page, String reason, long at) {
    int bytes() {
      return page == null ? 0 : page.length();
    }
  }

  private static final class Load {
    final long token;
    final Key key;
    final Asker loader;
    final Map<Asker, Member> waiting = new LinkedHashMap<>();

    /** Of the time in which this home was awake. */
    long heardAt;

    Load(long token, Key key, Asker loader, long heardAt) {
      this.token = token;
      this.key = key;
      this.loader = loader;
      this.heardAt = heardAt;
    }
  }

  private final Teller teller;

  @GuardedBy("this")
  private final Map<Key, Load> current = new HashMap<>();

  /** Also those that were ended before their time. */
  @GuardedBy("this")
  private final Map<Long, Load> running = new LinkedHashMap<>();

  @GuardedBy("this")
  private final Map<Asker, Load> waiting = new HashMap<>();

  @GuardedBy("this")
  private final Map<Asker, Answer> answers = new LinkedHashMap<>();

  @GuardedBy("this")
  private long answerBytes;

  private final Awake time;

  /** The clock at the last tick, without the time in which this home stood still. */
  @GuardedBy("this")
  private long awake;

  @GuardedBy("this")
  private long asleep;

  /** When loads were last looked at, of the time in which this home was awake. */
  @GuardedBy("this")
  private long sweptAt;

  /** Begins where no other home's tokens are, so that none is taken for another's. */
  @GuardedBy("this")
  private long lastToken;

  private volatile boolean idle = true;

  /**
   * @param self the home
   */
  Loads(UUID self, Teller teller, long now) {
    this.time = new Awake(now);
    this.awake = now;
    this.sweptAt = now;
    this.lastToken = self.getLeastSignificantBits() ^ self.getMostSignificantBits();
    this.teller = teller;
  }

  /** Time passes. */
  synchronized void tick(long now) {
    asleep += time.tick(now);
    awake = now - asleep;
    if (awake - sweptAt >= SILENT_NANOS) {
      sweptAt = awake;
      forgetGone();
    }
    forgetAnswers(now);
  }

  /** What nobody asks for any more: its loader and those who waited may have been killed. */
  @GuardedBy("this")
  private void forgetGone() {
    Iterator<Load> all = running.values().iterator();
    while (all.hasNext()) {
      Load load = all.next();
      if (awake - load.heardAt >= GONE_NANOS) {
        all.remove();
        current.remove(load.key, load);
        load.waiting.keySet().forEach(asker -> waiting.remove(asker, load));
      }
    }
  }

  /**
   * The page is not there: the asker loads it, or waits. Who is told to load it looks again whether
   * it is there, since a load may have ended after the first look; see {@link #found}.
   */
  synchronized Reply ask(Member from, Request request) {
    if (request.token() != 0) {
      return stillLoading(request);
    }
    Asker asker = new Asker(from.incarnation(), request.number());
    Answer answer = answers.get(asker);
    if (answer != null) {
      return reply(request.number(), answer);
    }
    Key key = Key.of(request);
    Load load = waiting.get(asker);
    load = load == null ? current.get(key) : load;
    if (load != null && load.loader.equals(asker)) {
      load.heardAt = awake;
      return new Reply(request.number(), Outcome.LOAD_IT, List.of(), load.token, "");
    }
    if (load != null && awake - load.heardAt < SILENT_NANOS) {
      if (waiting.size() >= MAX) {
        return Reply.of(request.number(), Outcome.OVERLOADED);
      }
      load.waiting.put(asker, from);
      waiting.put(asker, load);
      return Reply.of(request.number(), Outcome.LOADING);
    }
    return begin(key, asker, load);
  }

  /** The loader is alive. */
  @GuardedBy("this")
  private Reply stillLoading(Request request) {
    Load load = running.get(request.token());
    if (load != null) {
      load.heardAt = awake;
    }
    return Reply.of(request.number(), Outcome.DONE);
  }

  @GuardedBy("this")
  private Reply begin(Key key, Asker asker, @Nullable Load silent) {
    if (running.size() >= MAX) {
      return Reply.of(asker.number(), Outcome.OVERLOADED);
    }
    lastToken = lastToken == -1 ? 1 : lastToken + 1; // 0 is no token
    Load load = new Load(lastToken, key, asker, awake);
    if (silent != null) {
      running.remove(silent.token);
      silent.waiting.remove(asker);
      waiting.remove(asker);
      load.waiting.putAll(silent.waiting);
      load.waiting.keySet().forEach(other -> waiting.put(other, load));
    }
    current.put(key, load);
    running.put(load.token, load);
    idle = false;
    return new Reply(asker.number(), Outcome.LOAD_IT, List.of(), load.token, "");
  }

  /** The page was there after all. */
  synchronized void served(Member from, Request request) {
    if (!idle) {
      Asker asker = new Asker(from.incarnation(), request.number());
      Load load = waiting.remove(asker);
      if (load != null) {
        load.waiting.remove(asker);
      }
    }
  }

  /**
   * A load that was begun need not run: the page is there.
   *
   * @return tells those who wait
   */
  Runnable found(long token, Buffer page, long now) {
    Answer answer = new Answer(Outcome.DONE, page, "", now);
    return end(token, answer, answer);
  }

  /**
   * Keeps what a load has brought, unless the page was changed meanwhile. Whoever changes it takes
   * the load out of the current ones first: either before, or when the change comes last.
   *
   * @param put called under the lock
   */
  synchronized void keep(Request request, Runnable put) {
    Load load = running.get(request.token());
    if (load != null && current.get(load.key) == load && load.key.equals(Key.of(request))) {
      put.run();
    }
  }

  /**
   * A load has brought the page.
   *
   * @return tells those who wait
   */
  Runnable loaded(Request request, long now) {
    // copied, since it lies in a frame that is read
    Buffer page = request.pages().getFirst().copy();
    return end(request.token(), new Answer(Outcome.DONE, page, "", now), loaders(now));
  }

  /**
   * A load has failed; the reason is the first page.
   *
   * @return tells those who wait
   */
  Runnable failed(Request request, long now) {
    String reason = request.pages().isEmpty() ? "" : request.pages().getFirst().toString();
    Answer answer = new Answer(Outcome.LOAD_FAILED, null, reason, now);
    return end(request.token(), answer, loaders(now));
  }

  /** The loader was answered when it was told to load. */
  private static Answer loaders(long now) {
    return new Answer(Outcome.LATE, null, "", now);
  }

  private Runnable end(long token, Answer answer, Answer loaders) {
    Map<Asker, Member> told;
    synchronized (this) {
      Load load = running.remove(token);
      told = load == null ? Map.of() : load.waiting;
      if (load != null) {
        current.remove(load.key, load);
        remember(load.loader, loaders);
        told.keySet().forEach(waiting::remove);
        told.keySet().forEach(asker -> remember(asker, answer));
      }
      forgetAnswers(answer.at());
    }
    return () ->
        told.forEach(
            (asker, member) -> teller.tell(member, reply(asker.number(), answer), answer.at()));
  }

  @GuardedBy("this")
  private void remember(Asker asker, Answer answer) {
    if (answers.putIfAbsent(asker, answer) == null) {
      answerBytes += answer.bytes();
    }
  }

  @GuardedBy("this")
  private void forgetAnswers(long now) {
    Iterator<Answer> eldestFirst = answers.values().iterator();
    while (eldestFirst.hasNext()) {
      Answer eldest = eldestFirst.next();
      boolean old = now - eldest.at() >= ANSWER_NANOS;
      if (!old && answers.size() <= MAX && answerBytes <= ANSWER_BYTES_MAX) {
        break;
      }
      answerBytes -= eldest.bytes();
      eldestFirst.remove();
    }
    idle = running.isEmpty();
  }

  private static Reply reply(long number, Answer answer) {
    List<@Nullable Buffer> pages = new ArrayList<>(1);
    if (answer.page() != null) {
      pages.add(answer.page());
    }
    return new Reply(number, answer.outcome(), pages, 0, answer.reason());
  }

  /** Pages have changed: what is being loaded of them may be older. */
  void revoke(Request request) {
    if (idle) {
      return;
    }
    switch (request.operation()) {
      case INVALIDATE_CACHE -> revoke(key -> key.cache().equals(request.cache()));
      case INVALIDATE_OBJECT ->
          revoke(
              key -> key.object().equals(request.object()) && key.cache().equals(request.cache()));
      default -> revokePages(request);
    }
  }

  private synchronized void revokePages(Request request) {
    for (int index : request.indexes()) {
      current.remove(new Key(request.cache(), request.object(), index));
    }
  }

  /** Those of a slot that has another home now, for one. */
  synchronized void revoke(Predicate<Key> which) {
    current.keySet().removeIf(which);
  }

  /** Requests that wait for a load. */
  synchronized int waiting() {
    return waiting.size();
  }

  /** Loads under way. */
  synchronized int running() {
    return running.size();
  }
}
