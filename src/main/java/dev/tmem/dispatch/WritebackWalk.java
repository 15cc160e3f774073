package dev.tmem.dispatch;

import dev.tmem.backend.RamBackend;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Moves pages of some kind out of RAM to the local disks, whether there is room in RAM or not. Each
 * is marked and copied out under its stripe's lock; it is moved unless it is touched meanwhile.
 *
 * <p>Confined: one batch after the other.
 */
final class WritebackWalk {

  /** A batch is complete when it has that many; the block it ends with may add some more. */
  static final int BATCH_PAGES = 128;

  /** The most blocks of slots of one batch. */
  private static final int BATCH_BLOCKS = 4096;

  /** Says whether a page in RAM is meant. */
  @FunctionalInterface
  interface Wanted {
    boolean test(long offset, long word);
  }

  /**
   * What has become of it.
   *
   * @param pages that have left RAM
   * @param left pages that were meant and stayed: touched, refused, or beyond the budget
   */
  record Result(long pages, long left) {}

  private final Dispatcher dispatcher;
  private final WritebackBudget budget;
  private final Wanted wanted;
  private final TableWalk walk;
  private final Promise<Result> promise = Promise.promise();
  private final List<MoveItem> items = new ArrayList<>();

  /** Items of the batch that have no other copy, so that they are written. */
  private int debited;

  private long seen;
  private long pages;
  private boolean spent;
  private @Nullable LongWork work;

  WritebackWalk(
      Dispatcher dispatcher, List<PageSpace> spaces, WritebackBudget budget, Wanted wanted) {
    this.dispatcher = dispatcher;
    this.budget = budget;
    this.wanted = wanted;
    this.walk = new TableWalk(spaces);
  }

  /** Somebody looks on, and may stop it. */
  WritebackWalk as(LongWork seenBy) {
    work = seenBy;
    return this;
  }

  /** Goes through all pages; completes, and never fails. */
  Future<Result> run() {
    dispatcher.scheduler().execute(this::next);
    return promise.future();
  }

  private void next() {
    LongWork by = work;
    if (by != null && by.isStopped()) {
      promise.complete(new Result(pages, seen - pages));
      return;
    }
    step()
        .onSuccess(more -> {
          if (more) {
            dispatcher.scheduler().execute(this::next);
          } else {
            promise.complete(new Result(pages, seen - pages));
          }
        });
  }

  /** Moves a batch; completes, and never fails, with whether there may be more. */
  Future<Boolean> step() {
    UnderWay.Period period = dispatcher.underWay().begin();
    boolean more = true;
    for (int i = 0; more && i < BATCH_BLOCKS && items.size() < BATCH_PAGES && !spent; i++) {
      more = walk.next(this::look);
    }
    boolean goesOn = more && !spent;
    List<MoveItem> batch = List.copyOf(items);
    int paid = debited;
    items.clear();
    debited = 0;
    return dispatcher
        .mover()
        .move(batch, Targets.disks())
        .map(moved -> settle(batch.size(), paid, moved))
        .otherwise(error -> settle(batch.size(), paid, 0))
        .map(settled -> goesOn)
        .onComplete(done -> dispatcher.underWay().end(period));
  }

  /** Pages that needed no write are the first that are thought of as moved. */
  private int settle(int all, int paid, int moved) {
    int free = all - paid;
    budget.refund(Math.max(0, paid - Math.max(0, moved - free)));
    pages += moved;
    LongWork by = work;
    if (by != null) {
      by.progress(moved);
    }
    return moved;
  }

  @SuppressWarnings("GuardedBy") // the walk holds the stripe's lock
  private void look(Stripe stripe, long ref) {
    long word = stripe.slots.word(ref);
    RegisteredBackend source = ramOf(word);
    if (source == null
        || !Victims.isMovable(source, word)
        || !wanted.test(stripe.slots.key(ref), word)) {
      return;
    }
    seen++;
    List<Copy> kept = stripe.copies(ref);
    kept.remove(0);
    if (kept.isEmpty() && !budget.tryDebit()) {
      spent = true;
      return;
    }
    debited += kept.isEmpty() ? 1 : 0;
    MoveItem item = Victims.mark(source, stripe, ref, kept);
    if (item != null) {
      items.add(item);
    }
  }

  private @Nullable RegisteredBackend ramOf(long word) {
    int ordinal = SlotWord.ordinal(word);
    if (ordinal == SlotWord.NOWHERE) {
      return null;
    }
    RegisteredBackend backend = dispatcher.backends().get(ordinal);
    RamBackend ram = backend.ram();
    return ram == null ? null : backend;
  }
}
