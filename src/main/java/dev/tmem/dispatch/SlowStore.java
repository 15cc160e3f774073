package dev.tmem.dispatch;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.tmem.ErrorCode;
import dev.tmem.TmemException;
import dev.tmem.TmemFullException;
import dev.tmem.backend.Backend;
import dev.tmem.backend.Zpage;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A store that has to wait: for room in RAM, for a lower tier, for its turn.
 *
 * <p>While it is under way later operations on the page stand in {@link Line}, the page has no
 * content, and its slot is in state STORING (or absent, as long as there is no memory for it). It
 * ends exactly once, by {@link #finish} or {@link #fail}. What it puts in lower tiers it puts
 * together with the other stores of its {@link StoreRound}.
 *
 * <p>Confined: its steps follow one another.
 */
final class SlowStore {

  private final PageSpace space;
  private final long offset;
  private final Compressed page;
  private final Stripe stripe;
  private final Backends backends;
  private final Promise<Void> promise = Promise.promise();
  private final Freed freed;
  private long epoch;

  /** Whether the lower backends are to be tried before RAM, which is done once. */
  private boolean forward;

  /** What was placed below and is in flight until it is named or freed. */
  private @Nullable Placing placed;

  /** Whether the slot is STORING; until then the page has none, for want of memory. */
  private boolean hasSlot;

  /**
   * @param forward whether lower backends are tried before RAM
   */
  SlowStore(PageSpace space, long offset, Compressed page, boolean forward) {
    this.space = space;
    this.offset = offset;
    this.page = page;
    this.forward = forward;
    this.stripe = space.stripe(offset);
    this.backends = space.dispatcher().backends();
    this.freed = new Freed(backends);
  }

  PageSpace space() {
    return space;
  }

  /** Takes the page's old copies out, and looks for a place, in a round with others. */
  Future<Void> start(StoreRound round) {
    boolean frozen;
    stripe.lock.lock();
    try {
      space.checkOpen();
      if (stripe.line.isBusy(offset)) {
        // From now on this store is theirs who serve the line: nothing of it is touched here.
        return stripe.line.await(offset, this::startAlone);
      }
      frozen = space.modes().isFrozen();
      if (frozen) {
        removeOld();
      } else {
        beginStoring();
      }
    } catch (TmemException e) {
      return Future.failedFuture(e);
    } finally {
      stripe.lock.unlock();
    }
    freed.release();
    if (frozen) {
      return frozen();
    }
    if (hasSlot) {
      place(round);
    } else {
      space.dispatcher().reclaimer().awaitRoom(this, round);
    }
    return promise.future();
  }

  @GuardedBy("stripe.lock")
  private void beginStoring() {
    stripe.line.beginStoring(offset);
    begin();
    UnderWay underWay = space.dispatcher().underWay();
    UnderWay.Period period = underWay.begin();
    promise.future().onComplete(done -> underWay.end(period));
  }

  private Future<Void> startAlone() {
    StoreRound round = new StoreRound();
    Future<Void> stored = start(round);
    round.go();
    return stored;
  }

  @GuardedBy("stripe.lock")
  private void removeOld() {
    long ref = stripe.slots.find(offset);
    if (ref >= 0) {
      stripe.remove(ref, freed);
    }
  }

  private Future<Void> frozen() {
    space.counters().failedStores.increment();
    return Future.failedFuture(
        new TmemException(
            ErrorCode.FROZEN,
            "page " + offset + " was not stored: area " + space.config().name() + " is frozen"));
  }

  /** Another try where there was no memory for the slot; whether this one need not wait longer. */
  private boolean startAgain(StoreRound round) {
    boolean closed;
    stripe.lock.lock();
    try {
      closed = space.isClosed();
      if (!closed) {
        begin();
      }
    } finally {
      stripe.lock.unlock();
    }
    if (hasSlot) {
      place(round);
    } else if (closed) {
      fail(space.closedError());
    }
    return hasSlot || closed;
  }

  /** Takes the content out and marks the slot; a page without a slot may find no memory for it. */
  @GuardedBy("stripe.lock")
  private void begin() {
    long ref = stripe.slots.find(offset);
    if (ref >= 0) {
      stripe.empty(ref, freed);
    } else {
      ref = stripe.slots.insert(offset);
      if (ref < 0) {
        return;
      }
      space.counters().pages.increment();
    }
    epoch = stripe.nextEpoch();
    boolean isShort = page.originalLength() < space.config().pageSize();
    long word = SlotWord.of(epoch, SlotWord.NOWHERE, SlotWord.STORING, page.codec(), isShort);
    stripe.fill(ref, word, 0);
    hasSlot = true;
  }

  /** The first place: RAM, now or when there is room; the chain, if there is no RAM before it. */
  private void place(StoreRound round) {
    if (isInSlot()) {
      writeThrough(List.of(), round);
    } else if (forward) {
      forward = false;
      placeBelow(this::place, round);
    } else if (!hasRam()) {
      placeInChain(round);
    } else if (!tryRam(round)) {
      space.dispatcher().reclaimer().awaitRoom(this, round);
    }
  }

  private boolean isInSlot() {
    return RamForm.isInSlot(page.codec(), page.originalLength(), space.config().pageSize());
  }

  private boolean hasRam() {
    return firstRam() != null;
  }

  private @Nullable RegisteredBackend firstRam() {
    return space.firstRam();
  }

  /** Puts the page in RAM, if there is room; then the store goes on. */
  boolean tryRam(StoreRound round) {
    if (!hasSlot) {
      return startAgain(round);
    }
    RegisteredBackend first = firstRam();
    if (first == null || space.quota().isFull()) {
      return false;
    }
    ByteBuffer bytes = RamForm.of(zpage(), space.config().pageSize());
    long handle = first.putInRam(bytes, 0, bytes.limit());
    if (handle == Backend.REFUSED) {
      return false;
    }
    writeThrough(List.of(new Copy(first.ordinal, handle)), round);
    return true;
  }

  private Zpage zpage() {
    return page.zpage(space.key(offset), epoch);
  }

  /** No room came up in RAM: the other backends are tried, in order. */
  void placeInChain(StoreRound round) {
    if (!hasSlot) {
      fail(full("there is no memory for its slot"));
      return;
    }
    placeBelow(next -> fail(full("every backend refused it")), round);
  }

  /**
   * Tries every backend but the first in RAM, in order.
   *
   * @param otherwise what is done if none takes the page
   */
  private void placeBelow(Consumer<StoreRound> otherwise, StoreRound round) {
    Placing placing = new Placing(space, zpage(), List.of());
    round.place(
        placing,
        firstRam(),
        (copies, next) -> {
          placed = placing;
          if (copies.isEmpty()) {
            otherwise.accept(next);
          } else {
            writeThrough(copies, next);
          }
        });
  }

  /** With writethrough the lowest tier must have the page too. */
  private void writeThrough(List<Copy> copies, StoreRound round) {
    RegisteredBackend lowest = space.modes().isWritethrough() ? space.chain().lowest() : null;
    if (lowest == null || copies.stream().anyMatch(c -> c.ordinal() == lowest.ordinal)) {
      finish(copies);
    } else if (space.mayPut(lowest)) {
      round.put(zpage(), lowest, (next, handle) -> writtenThrough(lowest, handle, copies));
    } else {
      writtenThrough(lowest, Backend.REFUSED, copies);
    }
  }

  private void writtenThrough(RegisteredBackend lowest, long handle, List<Copy> copies) {
    if (handle == Backend.REFUSED) {
      free(copies);
      fail(full(lowest.name() + " refused to write it through"));
      return;
    }
    space.counters().lowerWrites.increment();
    List<Copy> all = new ArrayList<>(copies);
    all.add(new Copy(lowest.ordinal, handle));
    finish(all);
  }

  private void free(List<Copy> copies) {
    settlePlaced();
    freed.addAll(space.key(offset), epoch, copies);
    freed.release();
  }

  private void settlePlaced() {
    if (placed != null) {
      placed.settled();
    }
  }

  /** The slot gets its copies; whoever stands in line comes next. */
  private void finish(List<Copy> copies) {
    TmemException refused = null;
    boolean struck = false;
    List<Copy> sorted = new ArrayList<>(copies);
    space.dispatcher().protector().sort(space, sorted);
    stripe.lock.lock();
    try {
      long ref = stripe.findVersion(offset, epoch);
      struck = placed != null && placed.isStruck();
      if (space.isClosed()) {
        refused = space.closedError();
      } else if (struck) {
        refused = full("a peer was lost that had taken it");
      } else if (!write(ref, sorted)) {
        refused = full("there is no memory for its copies");
      } else {
        settlePlaced();
        stripe.line.endStoring(offset);
      }
    } finally {
      stripe.lock.unlock();
    }
    if (refused != null) {
      free(copies);
      if (struck && !space.isClosed()) {
        placeAgain(refused);
      } else {
        fail(refused);
      }
      return;
    }
    int zpageLength = isInSlot() ? 0 : page.bytes().length;
    space.counters().stored(page.codec(), page.originalLength(), zpageLength);
    promise.complete();
    stripe.line.serve(offset);
    space.dispatcher().reclaimer().afterStore();
  }

  /** The peers that are left are tried, and whatever comes after them. */
  private void placeAgain(TmemException otherwise) {
    StoreRound round = new StoreRound();
    placeBelow(next -> fail(otherwise), round);
    round.go();
  }

  @SuppressWarnings("GuardedBy") // finish holds the stripe's lock
  private boolean write(long ref, List<Copy> copies) {
    long word = SlotWord.withReferences(stripe.slots.word(ref), 1);
    word = SlotWord.withState(word, SlotWord.PRESENT);
    if (isInSlot() && copies.isEmpty()) {
      stripe.fill(ref, word, ByteBuffer.wrap(page.bytes()).getLong());
      return true;
    }
    if (!stripe.setCopies(ref, copies)) {
      return false;
    }
    stripe.slots.setWord(
        ref,
        SlotWord.withState(SlotWord.withReferences(stripe.slots.word(ref), 1), SlotWord.PRESENT));
    return true;
  }

  /** The page is absent afterwards. */
  private void fail(TmemException error) {
    stripe.lock.lock();
    try {
      long ref = stripe.findVersion(offset, epoch);
      if (ref >= 0) {
        stripe.slots.remove(ref);
        space.counters().pages.decrement();
      }
      stripe.line.endStoring(offset);
    } finally {
      stripe.lock.unlock();
    }
    space.counters().failedStores.increment();
    promise.fail(error);
    stripe.line.serve(offset);
  }

  private TmemFullException full(String reason) {
    return new TmemFullException(
        "page "
            + offset
            + " of area "
            + space.config().name()
            + " was not stored: "
            + reason
            + space.dispatcher().backends().fullness());
  }
}
