package dev.tmem.dispatch;

import dev.tmem.backend.Backend;
import dev.tmem.backend.Fetched;
import dev.tmem.backend.PageKey;
import dev.tmem.backend.PageRef;
import dev.tmem.backend.Zpage;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads every copy on the local disks, slowly, so that damage is found while there is another copy:
 * from that one a damaged copy is written anew. One that was the page's only copy is found out by a
 * load, which says that the page is lost.
 *
 * <p>Confined: one batch after the other.
 */
final class Scrub {

  /** Copies of a batch; the block it ends with may add some more. */
  private static final int BATCH_COPIES = 128;

  private static final long NANOS_PER_MILLI = 1_000_000;
  private static final long MILLIS_PER_SECOND = 1_000;

  /**
   * What was found.
   *
   * @param copies that were read
   * @param damaged of them, or gone
   * @param repaired of those, from another copy
   * @param unreachable could not be read now
   */
  record Result(long copies, long damaged, long repaired, long unreachable) {}

  private record Candidate(Stripe stripe, PageKey key, long word, Copy copy, List<Copy> others) {
    PageRef ref() {
      return new PageRef(key, SlotWord.epoch(word), copy.handle());
    }
  }

  private final Dispatcher dispatcher;
  private final LongWork work;
  private final long bytesPerSecond;
  private final TableWalk walk;
  private final Promise<Result> promise = Promise.promise();
  private final Map<RegisteredBackend, List<Candidate>> batch = new HashMap<>();
  private int gathered;
  private boolean ended;
  private long bytes;
  private long copies;
  private long damaged;
  private long repaired;
  private long unreachable;

  Scrub(Dispatcher dispatcher, List<PageSpace> spaces, long bytesPerSecond, LongWork work) {
    this.dispatcher = dispatcher;
    this.bytesPerSecond = bytesPerSecond;
    this.work = work;
    this.walk = new TableWalk(spaces);
  }

  /** Completes, and never fails. */
  Future<Result> run() {
    dispatcher.scheduler().execute(this::step);
    return promise.future();
  }

  private void step() {
    UnderWay.Period period = dispatcher.underWay().begin();
    long began = dispatcher.scheduler().nanoTime();
    bytes = 0;
    gathered = 0;
    while (!ended && gathered < BATCH_COPIES && !work.isStopped()) {
      ended = !walk.next(this::look);
    }
    if (gathered == 0) {
      dispatcher.underWay().end(period);
      promise.complete(new Result(copies, damaged, repaired, unreachable));
      return;
    }
    Future<Void> chain = Future.succeededFuture();
    for (Map.Entry<RegisteredBackend, List<Candidate>> one : batch.entrySet()) {
      List<Candidate> all = one.getValue();
      for (int i = 0; i < all.size(); i += RegisteredBackend.MAX_BATCH) {
        List<Candidate> part =
            all.subList(i, Math.min(all.size(), i + RegisteredBackend.MAX_BATCH));
        chain = chain.compose(done -> read(one.getKey(), part));
      }
    }
    batch.clear();
    chain.onComplete(done -> {
      dispatcher.underWay().end(period);
      work.progress(gathered);
      long spent = (dispatcher.scheduler().nanoTime() - began) / NANOS_PER_MILLI;
      long wait = bytes * MILLIS_PER_SECOND / bytesPerSecond - spent;
      dispatcher.scheduler().schedule(Math.max(0, wait), this::step);
    });
  }

  @SuppressWarnings("GuardedBy") // the walk holds the stripe's lock
  private void look(Stripe stripe, long ref) {
    long word = stripe.slots.word(ref);
    if (SlotWord.state(word) != SlotWord.PRESENT) {
      return;
    }
    List<Copy> all = stripe.copies(ref);
    for (Copy copy : all) {
      RegisteredBackend backend = dispatcher.backends().get(copy.ordinal());
      if (backend.ram() == null && !backend.diesWithPeer()) {
        List<Copy> others = new ArrayList<>(all);
        others.remove(copy);
        PageKey key = stripe.space().key(stripe.slots.key(ref));
        batch
            .computeIfAbsent(backend, first -> new ArrayList<>())
            .add(new Candidate(stripe, key, word, copy, others));
        gathered++;
      }
    }
  }

  private Future<Void> read(RegisteredBackend backend, List<Candidate> asked) {
    return backend
        .get(asked.stream().map(Candidate::ref).toList())
        .compose(answers -> {
          Future<Void> repairs = Future.succeededFuture();
          for (int i = 0; i < asked.size(); i++) {
            Candidate candidate = asked.get(i);
            copies++;
            switch (answers.get(i)) {
              case Fetched.Found found -> bytes += found.zpage().length();
              case Fetched.Unavailable away -> unreachable++;
              case Fetched.Gone gone -> repairs = repairs.compose(d -> mend(backend, candidate));
              case Fetched.Corrupt bad -> repairs = repairs.compose(d -> mend(backend, candidate));
            }
          }
          return repairs;
        });
  }

  // ---- Damage

  private Future<Void> mend(RegisteredBackend backend, Candidate candidate) {
    if (!isNamed(candidate)) {
      return Future.succeededFuture(); // stored anew, invalidated or moved since it was seen
    }
    damaged++;
    if (candidate.others().isEmpty()) {
      PageSpace space = candidate.stripe().space();
      return space.load(candidate.key().offset()).<Void>mapEmpty().otherwiseEmpty();
    }
    return another(candidate, 0)
        .compose(
            zpage -> zpage == null ? Future.succeededFuture() : write(backend, candidate, zpage));
  }

  private boolean isNamed(Candidate candidate) {
    Stripe stripe = candidate.stripe();
    stripe.lock.lock();
    try {
      long ref = find(candidate);
      return ref >= 0 && stripe.copies(ref).contains(candidate.copy());
    } finally {
      stripe.lock.unlock();
    }
  }

  @SuppressWarnings("GuardedBy") // the caller holds the stripe's lock
  private static long find(Candidate candidate) {
    return candidate
        .stripe()
        .findVersion(candidate.key().offset(), SlotWord.epoch(candidate.word()));
  }

  /** The page from the first of its other copies that is well; null: none is. */
  private Future<@Nullable Zpage> another(Candidate candidate, int index) {
    if (index == candidate.others().size()) {
      return Future.succeededFuture();
    }
    Copy copy = candidate.others().get(index);
    RegisteredBackend other = dispatcher.backends().get(copy.ordinal());
    if (other.ram() != null) {
      Zpage zpage = fromRam(candidate, other.inRam(), copy);
      return zpage == null ? another(candidate, index + 1) : Future.succeededFuture(zpage);
    }
    long epoch = SlotWord.epoch(candidate.word());
    return other
        .get(List.of(new PageRef(candidate.key(), epoch, copy.handle())))
        .compose(answers ->
            answers.getFirst() instanceof Fetched.Found found
                ? Future.succeededFuture(found.zpage())
                : another(candidate, index + 1));
  }

  private static @Nullable Zpage fromRam(Candidate candidate, ContainedRam ram, Copy copy) {
    Stripe stripe = candidate.stripe();
    stripe.lock.lock();
    try {
      long ref = find(candidate);
      if (ref < 0 || !stripe.copies(ref).contains(copy)) {
        return null;
      }
      int pageSize = stripe.space().config().pageSize();
      long word = stripe.slots.word(ref);
      return ram.copyOut(candidate.key(), word, copy.handle(), pageSize);
    } finally {
      stripe.lock.unlock();
    }
  }

  private Future<Void> write(RegisteredBackend backend, Candidate candidate, Zpage zpage) {
    Placing placing = new Placing(candidate.stripe().space(), zpage, List.of());
    return backend.put(
        List.of(zpage),
        handles -> {
          if (handles[0] != Backend.REFUSED) {
            placing.made(new Copy(backend.ordinal, handles[0]));
            replace(candidate, placing);
          }
        });
  }

  /** The new copy takes the place of the damaged one, if that still stands in its slot. */
  private void replace(Candidate candidate, Placing placing) {
    Stripe stripe = candidate.stripe();
    Freed freed = new Freed(dispatcher.backends());
    stripe.lock.lock();
    try {
      long ref = find(candidate);
      List<Copy> now = ref < 0 ? new ArrayList<>() : stripe.copies(ref);
      int at = now.indexOf(candidate.copy());
      boolean fits = at >= 0 && SlotWord.codec(stripe.slots.word(ref)) == placing.zpage.codec();
      if (fits) {
        now.set(at, placing.fresh().getFirst());
      }
      if (fits && stripe.setCopies(ref, now)) {
        placing.settled();
        freed.add(candidate.key(), SlotWord.epoch(candidate.word()), candidate.copy());
        repaired++;
      } else {
        placing.undo(freed);
      }
    } finally {
      stripe.lock.unlock();
    }
    freed.release();
  }
}
