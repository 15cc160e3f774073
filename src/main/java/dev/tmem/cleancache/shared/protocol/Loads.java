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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Who loads which page at this home, and who waits for it. One loader runs at a time for a page;
 * when it has ended all who wait are told, whether it brought the page or failed, and nothing of it
 * is remembered. A put or an invalidate of the page ends a load before its time: its page still
 * goes to those who wait, since they asked before, but is not kept.
 *
 * <p>A loader that was not heard for {@link #SILENT_NANOS} is taken for dead; whoever asks next
 * loads.
 *
 * <p>Thread-safe: this object's monitor. What is told is told outside of it.
 */
final class Loads {

  /** After it a loader that is not heard has its load taken away. */
  static final long SILENT_NANOS = 5_000_000_000L;

  /** What was loaded is kept so long for those who have missed the answer. */
  static final long ANSWER_NANOS = 5_000_000_000L;

  /** Loads, and those who wait for them. */
  static final int MAX = 65_536;

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

  private record Answer(@Nullable Buffer page, String reason, long at) {}

  private static final class Load {
    final long token;
    final Key key;
    final Asker loader;
    final Map<Asker, Member> waiting = new LinkedHashMap<>();
    long heardAt;

    Load(long token, Key key, Asker loader, long now) {
      this.token = token;
      this.key = key;
      this.loader = loader;
      this.heardAt = now;
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

  /** Begins where no other home's tokens are, so that none is taken for another's. */
  @GuardedBy("this")
  private long lastToken;

  private volatile boolean idle = true;

  /**
   * @param self the home
   */
  Loads(UUID self, Teller teller) {
    this.lastToken = self.getLeastSignificantBits() ^ self.getMostSignificantBits();
    this.teller = teller;
  }

  /** The page is not there: the asker loads it, or waits. */
  synchronized Reply ask(Member from, Request request, long now) {
    if (request.token() != 0) {
      return stillLoading(request, now);
    }
    Asker asker = new Asker(from.incarnation(), request.number());
    Answer answer = answers.remove(asker);
    if (answer != null) {
      return reply(request.number(), answer.page(), answer.reason());
    }
    Key key = Key.of(request);
    Load load = waiting.get(asker);
    load = load == null ? current.get(key) : load;
    if (load != null && load.loader.equals(asker)) {
      load.heardAt = now;
      return new Reply(request.number(), Outcome.LOAD_IT, List.of(), load.token, "");
    }
    if (load != null && now - load.heardAt < SILENT_NANOS) {
      if (waiting.size() >= MAX) {
        return Reply.of(request.number(), Outcome.OVERLOADED);
      }
      load.waiting.put(asker, from);
      waiting.put(asker, load);
      return Reply.of(request.number(), Outcome.LOADING);
    }
    return begin(key, asker, load, now);
  }

  /** The loader is alive. */
  @GuardedBy("this")
  private Reply stillLoading(Request request, long now) {
    Load load = running.get(request.token());
    if (load != null) {
      load.heardAt = now;
    }
    return Reply.of(request.number(), Outcome.DONE);
  }

  @GuardedBy("this")
  private Reply begin(Key key, Asker asker, @Nullable Load silent, long now) {
    if (running.size() >= MAX) {
      return Reply.of(asker.number(), Outcome.OVERLOADED);
    }
    lastToken = lastToken == -1 ? 1 : lastToken + 1; // 0 is no token
    Load load = new Load(lastToken, key, asker, now);
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
      answers.remove(asker);
    }
  }

  /** Whether what a load has brought is to be kept. */
  synchronized boolean isCurrent(Request request) {
    Load load = running.get(request.token());
    return load != null && current.get(load.key) == load && load.key.equals(Key.of(request));
  }

  /**
   * A load has brought the page.
   *
   * @return tells those who wait
   */
  Runnable loaded(Request request, long now) {
    return end(request, request.pages().getFirst(), "", now);
  }

  /**
   * A load has failed; the reason is the first page.
   *
   * @return tells those who wait
   */
  Runnable failed(Request request, long now) {
    String reason = request.pages().isEmpty() ? "" : request.pages().getFirst().toString();
    return end(request, null, reason, now);
  }

  private Runnable end(Request request, @Nullable Buffer brought, String reason, long now) {
    Map<Asker, Member> told;
    Buffer page = copy(brought);
    synchronized (this) {
      Load load = running.remove(request.token());
      told = load == null ? Map.of() : load.waiting;
      if (load != null) {
        current.remove(load.key, load);
        told.keySet().forEach(waiting::remove);
        told.keySet().forEach(asker -> answers.put(asker, new Answer(page, reason, now)));
      }
      forgetAnswers(now);
      idle = running.isEmpty() && answers.isEmpty();
    }
    return () ->
        told.forEach(
            (asker, member) -> teller.tell(member, reply(asker.number(), page, reason), now));
  }

  /** It lies in a frame that is read. */
  private static @Nullable Buffer copy(@Nullable Buffer page) {
    return page == null ? null : page.copy();
  }

  @GuardedBy("this")
  private void forgetAnswers(long now) {
    answers.values().removeIf(answer -> now - answer.at() >= ANSWER_NANOS);
    while (answers.size() > MAX) {
      answers.remove(answers.keySet().iterator().next());
    }
  }

  private static Reply reply(long number, @Nullable Buffer page, String reason) {
    if (page == null) {
      return new Reply(number, Outcome.LOAD_FAILED, List.of(), 0, reason);
    }
    List<@Nullable Buffer> pages = new ArrayList<>(1);
    pages.add(page);
    return new Reply(number, Outcome.DONE, pages, 0, "");
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
