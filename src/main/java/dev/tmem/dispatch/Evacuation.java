package dev.tmem.dispatch;

import dev.tmem.backend.Fetched;
import dev.tmem.backend.PageKey;
import dev.tmem.backend.PageRef;
import dev.tmem.backend.RamBackend;
import dev.tmem.backend.Zpage;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.LongPredicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Moves copies out of one backend, page after page: to empty it, to shrink it, or to leave a lender
 * that goes.
 *
 * <p>Confined: one batch after the other. A page that is stored meanwhile where it is being emptied
 * may be missed by this walk; whoever wants the backend empty freezes it first.
 */
final class Evacuation {

  /** A batch is complete when it has that many; the block it ends with may add some more. */
  private static final int BATCH_PAGES = 128;

  /** A copy that is to leave. */
  private record Candidate(Stripe stripe, PageKey key, long word, Copy source, List<Copy> kept) {
    PageRef ref() {
      return new PageRef(key, SlotWord.epoch(word), source.handle());
    }
  }

  private final Dispatcher dispatcher;
  private final RegisteredBackend source;
  private final LongPredicate handles;
  private final Targets targets;
  private final SlotSource walk;
  private final Promise<Long> promise = Promise.promise();

  /** Zpages from RAM, copied out under the stripe's lock. */
  private final List<MoveItem> items = new ArrayList<>();

  /** Copies in a slow backend, to be fetched first. */
  private final List<Candidate> toFetch = new ArrayList<>();

  /** Copies that their pages can do without; to be freed when the lock is released. */
  private final Freed spare;

  /** How many of them in this step. */
  private int dropped;

  /** Copies still to be moved; the walk ends when it is 0. */
  private long budget;

  private long moved;
  private boolean ended;

  /** To be told how far it is, and asked whether to stop; null: nobody looks on. */
  private @Nullable LongWork work;

  /**
   * @param handles which of the source's copies are to leave
   * @param targets where they may go
   * @param budget how many are to leave
   */
  Evacuation(
      Dispatcher dispatcher,
      RegisteredBackend source,
      LongPredicate handles,
      Targets targets,
      long budget) {
    this(
        dispatcher, source, handles, targets, budget, new TableWalk(dispatcher.persistentSpaces()));
  }

  private Evacuation(
      Dispatcher dispatcher,
      RegisteredBackend source,
      LongPredicate handles,
      Targets targets,
      long budget,
      SlotSource walk) {
    this.dispatcher = dispatcher;
    this.source = source;
    this.handles = handles;
    this.targets = targets;
    this.walk = walk;
    this.budget = budget;
    this.spare = new Freed(dispatcher.backends());
  }

  /** Of certain copies, which are found by their pages. */
  static Evacuation of(
      Dispatcher dispatcher, RegisteredBackend source, List<PageRef> copies, Targets targets) {
    Set<Long> handles = copies.stream().map(PageRef::handle).collect(Collectors.toSet());
    return new Evacuation(
        dispatcher,
        source,
        handles::contains,
        targets,
        copies.size(),
        new SlotsOf(dispatcher, copies));
  }

  /** Somebody looks on, and may stop it. */
  Evacuation as(LongWork seen) {
    work = seen;
    return this;
  }

  /** Completes, and never fails, with the number of copies that have left. */
  Future<Long> run() {
    dispatcher.scheduler().execute(this::step);
    return promise.future();
  }

  private void step() {
    UnderWay.Period period = dispatcher.underWay().begin();
    LongWork seen = work;
    ended = ended || (seen != null && seen.isStopped());
    dropped = 0;
    while (!ended && budget > 0 && found() < BATCH_PAGES) {
      ended = !walk.next(this::look);
    }
    spare.release();
    int without = dropped;
    if (found() == 0) {
      dispatcher.underWay().end(period);
      promise.complete(moved);
      return;
    }
    fetch()
        .compose(done -> moveItems())
        .onComplete(result -> {
          dispatcher.underWay().end(period);
          int left = without + (result.succeeded() ? result.result() : 0);
          moved += left;
          budget -= left;
          if (seen != null) {
            seen.progress(left);
          }
          dispatcher.scheduler().execute(this::step);
        });
  }

  /** Copies found in this step. */
  private int found() {
    return items.size() + toFetch.size() + dropped;
  }

  @SuppressWarnings("GuardedBy") // the walk holds the stripe's lock
  private void look(Stripe stripe, long ref) {
    int state = SlotWord.state(stripe.slots.word(ref));
    boolean hasContent = state == SlotWord.PRESENT || state == SlotWord.TAKEN;
    if (!hasContent || budget <= found()) {
      return;
    }
    List<Copy> copies = stripe.copies(ref);
    for (Copy copy : copies) {
      if (copy.ordinal() == source.ordinal && handles.test(copy.handle())) {
        List<Copy> kept = new ArrayList<>(copies);
        kept.remove(copy);
        leave(stripe, ref, copy, kept);
        return;
      }
    }
  }

  @SuppressWarnings("GuardedBy") // the walk holds the stripe's lock
  private void leave(Stripe stripe, long ref, Copy copy, List<Copy> kept) {
    PageSpace space = stripe.space();
    PageKey key = space.key(stripe.slots.key(ref));
    long word = stripe.slots.word(ref);
    RamBackend ram = source.ram();
    if (ram == null && !kept.isEmpty() && dispatcher.protector().isSafe(space, kept)) {
      // nothing has to be brought anywhere
      if (stripe.setCopies(ref, kept)) {
        spare.add(key, SlotWord.epoch(word), copy);
        dropped++;
      }
    } else if (ram != null) {
      Zpage zpage = source.inRam().copyOut(key, word, copy.handle(), space.config().pageSize());
      if (zpage != null) {
        items.add(new MoveItem(stripe, zpage, copy, kept, false));
      }
    } else {
      toFetch.add(new Candidate(stripe, key, word, copy, kept));
    }
  }

  private Future<Void> fetch() {
    List<Candidate> all = List.copyOf(toFetch);
    toFetch.clear();
    Future<Void> chain = Future.succeededFuture();
    for (int i = 0; i < all.size(); i += RegisteredBackend.MAX_BATCH) {
      List<Candidate> asked = all.subList(i, Math.min(all.size(), i + RegisteredBackend.MAX_BATCH));
      chain = chain.compose(done -> fetch(asked));
    }
    return chain;
  }

  private Future<Void> fetch(List<Candidate> asked) {
    return source
        .get(asked.stream().map(Candidate::ref).toList())
        .compose(answers -> {
          List<Future<@Nullable Loaded>> second = new ArrayList<>();
          for (int i = 0; i < asked.size(); i++) {
            fetched(asked.get(i), answers.get(i), second);
          }
          return Future.join(second).<Void>mapEmpty().otherwiseEmpty();
        });
  }

  /**
   * @param second gets a second look at a copy that is gone or damaged and the page's only one: a
   *     load says that the page is lost
   */
  private void fetched(Candidate candidate, Fetched answer, List<Future<@Nullable Loaded>> second) {
    PageSpace space = candidate.stripe().space();
    if (answer instanceof Fetched.Found found
        && SlotWord.fits(candidate.word(), found.zpage(), space.config().pageSize())) {
      items.add(
          new MoveItem(
              candidate.stripe(), found.zpage(), candidate.source(), candidate.kept(), false));
    } else if (!(answer instanceof Fetched.Unavailable)
        && !strike(candidate, !(answer instanceof Fetched.Gone) || source.diesWithPeer())) {
      second.add(space.load(candidate.key().offset()));
    }
  }

  /**
   * Takes a bad copy out of a page that has others.
   *
   * @param free whether the source still has it, or is to be told all the same
   */
  private boolean strike(Candidate candidate, boolean free) {
    Stripe stripe = candidate.stripe();
    Freed freed = new Freed(dispatcher.backends());
    stripe.lock.lock();
    try {
      long epoch = SlotWord.epoch(candidate.word());
      long ref = stripe.findVersion(candidate.key().offset(), epoch);
      List<Copy> copies = ref < 0 ? new ArrayList<>() : stripe.copies(ref);
      if (!copies.remove(candidate.source()) || copies.isEmpty()) {
        return false;
      }
      if (stripe.setCopies(ref, copies) && free && !stripe.space().isOnRecord(candidate.source())) {
        freed.add(candidate.key(), epoch, candidate.source());
      }
    } finally {
      stripe.lock.unlock();
    }
    freed.release();
    return true;
  }

  private Future<Integer> moveItems() {
    List<MoveItem> batch = List.copyOf(items);
    items.clear();
    return dispatcher.mover().move(batch, targets);
  }
}
