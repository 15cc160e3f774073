package dev.tmem.dispatch;

import dev.tmem.backend.Backend;
import dev.tmem.backend.Codec;
import dev.tmem.backend.Fetched;
import dev.tmem.backend.PageKey;
import dev.tmem.backend.PageRef;
import dev.tmem.backend.Zpage;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Writes the pages to the lowest tier that were stored before writethrough was switched on: those
 * that have no copy there get one, and stay where they are. A page that is stored meanwhile is
 * another version, which writethrough has seen to itself.
 *
 * <p>Confined: one batch after the other.
 */
final class WritethroughSync {

  private static final int BATCH_PAGES = 128;

  /**
   * What has become of it.
   *
   * @param pages that have a copy in the lowest tier now, and had none
   * @param left pages that have none still: refused, away, or not reached any more
   */
  record Result(long pages, long left) {}

  /** A page without a copy in the lowest tier. */
  private record Candidate(Stripe stripe, PageKey key, long word, Copy source) {
    PageRef ref() {
      return new PageRef(key, SlotWord.epoch(word), source.handle());
    }
  }

  private final Dispatcher dispatcher;
  private final LongWork work;
  private final TableWalk walk;
  private final Promise<Result> promise = Promise.promise();

  /** Zpages at hand, of the batch. */
  private final List<Placing> placings = new ArrayList<>();

  /** Pages to be fetched from another slow backend first, by its ordinal. */
  private final Map<Integer, List<Candidate>> toFetch = new HashMap<>();

  private long seen;
  private long pages;
  private boolean ended;

  WritethroughSync(Dispatcher dispatcher, List<PageSpace> spaces, LongWork work) {
    this.dispatcher = dispatcher;
    this.work = work;
    this.walk = new TableWalk(spaces);
  }

  Future<Result> run() {
    dispatcher.scheduler().execute(this::step);
    return promise.future();
  }

  private void step() {
    UnderWay.Period period = dispatcher.underWay().begin();
    long before = seen;
    while (!ended && seen - before < BATCH_PAGES && !work.isStopped()) {
      ended = !walk.next(this::look);
    }
    if (placings.isEmpty() && toFetch.isEmpty()) {
      dispatcher.underWay().end(period);
      promise.complete(new Result(pages, seen - pages));
      return;
    }
    fetchAll()
        .compose(done -> putAll())
        .onComplete(done -> {
          dispatcher.underWay().end(period);
          work.progress(seen - before);
          dispatcher.scheduler().execute(this::step);
        });
  }

  @SuppressWarnings("GuardedBy") // the walk holds the stripe's lock
  private void look(Stripe stripe, long ref) {
    PageSpace space = stripe.space();
    long word = stripe.slots.word(ref);
    RegisteredBackend lowest = space.chain().lowest();
    List<Copy> copies = stripe.copies(ref);
    if (SlotWord.state(word) != SlotWord.PRESENT
        || lowest == null
        || copies.stream().anyMatch(copy -> copy.ordinal() == lowest.ordinal)) {
      return;
    }
    seen++;
    PageKey key = space.key(stripe.slots.key(ref));
    int pageSize = space.config().pageSize();
    if (copies.isEmpty()) {
      byte[] same = ByteBuffer.allocate(8).putLong(stripe.slots.handle(ref)).array();
      add(space, Zpage.of(key, SlotWord.epoch(word), Codec.SAME, pageSize, same));
      return;
    }
    Copy source = copies.get(0);
    RegisteredBackend from = dispatcher.backends().get(source.ordinal());
    if (from.ram() != null) {
      Zpage zpage = from.inRam().copyOut(key, word, source.handle(), pageSize);
      if (zpage != null) {
        add(space, zpage);
      }
    } else {
      toFetch
          .computeIfAbsent(source.ordinal(), ordinal -> new ArrayList<>())
          .add(new Candidate(stripe, key, word, source));
    }
  }

  private void add(PageSpace space, Zpage zpage) {
    placings.add(new Placing(space, zpage, List.of()));
  }

  // ---- Pages that lie in another slow backend

  private Future<Void> fetchAll() {
    List<Future<Void>> fetches = new ArrayList<>();
    toFetch.forEach((ordinal, candidates) -> {
      for (int i = 0; i < candidates.size(); i += RegisteredBackend.MAX_BATCH) {
        int to = Math.min(candidates.size(), i + RegisteredBackend.MAX_BATCH);
        fetches.add(fetch(ordinal, candidates.subList(i, to)));
      }
    });
    toFetch.clear();
    return Future.join(fetches).<Void>mapEmpty().otherwiseEmpty();
  }

  private Future<Void> fetch(int ordinal, List<Candidate> asked) {
    return dispatcher
        .backends()
        .get(ordinal)
        .get(asked.stream().map(Candidate::ref).toList())
        .map(answers -> {
          for (int i = 0; i < asked.size(); i++) {
            take(asked.get(i), answers.get(i));
          }
          return null;
        });
  }

  /** Answers may come on different threads. */
  private synchronized void take(Candidate candidate, Fetched answer) {
    PageSpace space = candidate.stripe().space();
    if (answer instanceof Fetched.Found found
        && SlotWord.fits(candidate.word(), found.zpage(), space.config().pageSize())) {
      add(space, found.zpage());
    }
  }

  // ---- Copies in the lowest tier

  private Future<Void> putAll() {
    Map<RegisteredBackend, List<Placing>> byBackend = new LinkedHashMap<>();
    for (Placing placing : placings) {
      RegisteredBackend lowest = placing.space.chain().lowest();
      if (lowest != null && placing.space.mayPut(lowest)) {
        byBackend.computeIfAbsent(lowest, backend -> new ArrayList<>()).add(placing);
      }
    }
    placings.clear();
    List<Future<Void>> puts = new ArrayList<>();
    byBackend.forEach((backend, all) -> {
      for (int i = 0; i < all.size(); i += RegisteredBackend.MAX_BATCH) {
        puts.add(
            put(backend, all.subList(i, Math.min(all.size(), i + RegisteredBackend.MAX_BATCH))));
      }
    });
    return Future.join(puts).<Void>mapEmpty().otherwiseEmpty();
  }

  private Future<Void> put(RegisteredBackend backend, List<Placing> batch) {
    return backend.put(
        batch.stream().map(placing -> placing.zpage).toList(),
        handles -> {
          Freed freed = new Freed(dispatcher.backends());
          for (int i = 0; i < handles.length; i++) {
            if (handles[i] != Backend.REFUSED) {
              batch.get(i).made(new Copy(backend.ordinal, handles[i]));
              settle(batch.get(i), freed);
            }
          }
          freed.release();
        });
  }

  /** The page gets its copy, if it is the same version still. */
  private void settle(Placing placing, Freed freed) {
    long offset = placing.zpage.key().offset();
    Stripe stripe = placing.space.stripe(offset);
    stripe.lock.lock();
    try {
      if (name(stripe, stripe.findVersion(offset, placing.zpage.epoch()), placing)) {
        placing.settled();
        placing.space.counters().lowerWrites.increment();
        countPage();
      } else {
        placing.undo(freed);
      }
    } finally {
      stripe.lock.unlock();
    }
  }

  private synchronized void countPage() {
    pages++;
  }

  @SuppressWarnings("GuardedBy") // the caller holds the stripe's lock
  private boolean name(Stripe stripe, long ref, Placing placing) {
    if (ref < 0) {
      return false;
    }
    long word = stripe.slots.word(ref);
    List<Copy> copies = stripe.copies(ref);
    int lowest = placing.fresh().get(0).ordinal();
    if (SlotWord.state(word) != SlotWord.PRESENT
        || placing.isStruck()
        || SlotWord.codec(word) != placing.zpage.codec()
        || copies.stream().anyMatch(copy -> copy.ordinal() == lowest)) {
      return false;
    }
    boolean wasInSlot = copies.isEmpty();
    copies.addAll(placing.fresh());
    if (!stripe.setCopies(ref, copies)) {
      return false;
    }
    if (wasInSlot) {
      stripe.space().counters().samePages.decrement();
    }
    return true;
  }
}
