package dev.tmem.dispatch;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.tmem.ErrorCode;
import dev.tmem.TmemException;
import dev.tmem.TmemFullException;
import dev.tmem.backend.Backend;
import dev.tmem.backend.Codec;
import dev.tmem.backend.Zpage;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A store or an invalidate in a durable area. As with {@link SlowStore}, the page has no content
 * and its later operations stand in {@link Line} while it is under way. The version before is freed
 * only when the new one, or its end, is on record.
 *
 * <p>If that cannot be, it is tried to put on record that the page is no more; if that cannot be
 * either, the page is absent until the restart, and the error says what may come back then.
 *
 * <p>Confined: its steps follow one another.
 */
final class DurableChange {

  /** Whatever version there is. */
  static final long ANY = -1;

  private final PageSpace space;
  private final DurablePages durable;
  private final long offset;
  private final Stripe stripe;

  /** Only a version of that epoch, which has been taken, is to end; {@link #ANY}. */
  private final long taken;

  private final Promise<Boolean> promise = Promise.promise();

  /** The version before. */
  private final Freed old;

  /** Null: the page is to be no more. */
  private @Nullable Compressed page;

  /** The page is to be no more, and then this is said. */
  private @Nullable TmemException frozen;

  private boolean wasThere;
  private long epoch;

  DurableChange(
      PageSpace space, DurablePages durable, long offset, @Nullable Compressed page, long taken) {
    this.space = space;
    this.durable = durable;
    this.offset = offset;
    this.page = page;
    this.taken = taken;
    this.stripe = space.stripe(offset);
    this.old = new Freed(space.dispatcher().backends());
  }

  /** Completes with false only if what was taken is no more what it was. */
  Future<Boolean> start() {
    stripe.lock.lock();
    try {
      space.checkOpen();
      if (stripe.line.isBusy(offset)) {
        return stripe.line.await(offset, this::start);
      }
      if (page != null && space.modes().isFrozen()) {
        space.counters().failedStores.increment();
        frozen =
            new TmemException(
                ErrorCode.FROZEN,
                "page " + offset + " was not stored: area " + name() + " is frozen");
        page = null;
      }
      long ref = stripe.slots.find(offset);
      if (!isDue(ref)) {
        return frozen == null ? Future.succeededFuture(taken == ANY) : Future.failedFuture(frozen);
      }
      if (!begin(ref)) {
        space.counters().failedStores.increment();
        return Future.failedFuture(full("there is no memory for its slot"));
      }
      UnderWay underWay = space.dispatcher().underWay();
      UnderWay.Period period = underWay.begin();
      promise.future().onComplete(done -> underWay.end(period));
    } catch (TmemException e) {
      return Future.failedFuture(e);
    } finally {
      stripe.lock.unlock();
    }
    Compressed content = page;
    if (content == null) {
      durable.gone(offset, epoch).onComplete(done -> ended(done.result() != Backend.REFUSED));
    } else {
      put(content.zpage(space.key(offset), epoch));
    }
    return promise.future();
  }

  private String name() {
    return space.config().name();
  }

  /** Whether there is anything to do. */
  @GuardedBy("stripe.lock")
  private boolean isDue(long ref) {
    if (taken != ANY) {
      return ref >= 0
          && SlotWord.epoch(stripe.slots.word(ref)) == taken
          && SlotWord.state(stripe.slots.word(ref)) == SlotWord.TAKEN;
    }
    return page != null || ref >= 0 || durable.isDoubtful(offset);
  }

  /**
   * Takes the content out and marks the slot; a page that is to be no more needs none.
   *
   * @return false: there is no memory for it
   */
  @GuardedBy("stripe.lock")
  private boolean begin(long found) {
    long ref = found;
    wasThere = ref >= 0;
    if (wasThere) {
      stripe.empty(ref, old);
    } else if (page != null) {
      ref = stripe.slots.insert(offset);
      if (ref < 0) {
        return false;
      }
      space.counters().pages.increment();
    }
    epoch = stripe.nextEpoch();
    if (ref >= 0) {
      Codec codec = page == null ? Codec.RAW : page.codec();
      boolean isShort = page != null && page.originalLength() < space.config().pageSize();
      stripe.fill(ref, SlotWord.of(epoch, SlotWord.NOWHERE, SlotWord.STORING, codec, isShort), 0);
    }
    stripe.line.beginStoring(offset);
    return true;
  }

  // ---- Store

  private void put(Zpage zpage) {
    List<Copy> copies = new ArrayList<>(2);
    RegisteredBackend ram = space.firstRam();
    if (ram != null && zpage.codec() != Codec.SAME && !space.quota().isFull()) {
      ByteBuffer bytes = RamForm.of(zpage, space.config().pageSize());
      long handle = ram.putInRam(bytes, 0, bytes.limit());
      if (handle != Backend.REFUSED) {
        copies.add(new Copy(ram.ordinal, handle));
      }
    }
    durable
        .put(zpage)
        .onSuccess(handle -> {
          if (handle == Backend.REFUSED) {
            copies.forEach(copy -> ram(copy).freeInRam(copy.handle()));
            undo("the log has refused it");
          } else {
            space.counters().lowerWrites.increment();
            stored(copies, new Copy(durable.backend().ordinal, handle));
          }
        });
  }

  private RegisteredBackend ram(Copy copy) {
    return space.dispatcher().backends().get(copy.ordinal());
  }

  /** The slot names what is on record. */
  private void stored(List<Copy> inRam, Copy onRecord) {
    boolean isClosed;
    boolean isKeptInRam = false;
    stripe.lock.lock();
    try {
      isClosed = space.isClosed();
      if (!isClosed) {
        long ref = stripe.findVersion(offset, epoch);
        List<Copy> copies = new ArrayList<>(inRam);
        copies.add(onRecord);
        isKeptInRam = stripe.setCopies(ref, copies);
        if (!isKeptInRam) {
          stripe.setCopies(ref, List.of(onRecord));
        }
        long word = SlotWord.withReferences(stripe.slots.word(ref), 1);
        stripe.slots.setWord(ref, SlotWord.withState(word, SlotWord.PRESENT));
        stripe.line.endStoring(offset);
      }
    } finally {
      stripe.lock.unlock();
    }
    if (!isKeptInRam) {
      inRam.forEach(copy -> ram(copy).freeInRam(copy.handle()));
    }
    old.release();
    durable.settled(offset);
    if (isClosed) {
      end(space.closedError());
      return;
    }
    Compressed content = page;
    if (content != null) {
      space.counters().stores.increment();
      space.counters().originalBytes.add(content.originalLength());
      space.counters().zpageBytes.add(content.bytes().length);
    }
    promise.complete(true);
    stripe.line.serve(offset);
    space.dispatcher().reclaimer().afterStore();
  }

  // ---- The end of a page

  /** It was tried to put on record that the page is no more. */
  private void ended(boolean onRecord) {
    if (onRecord) {
      old.release();
      durable.settled(offset);
      space.counters().invalidates.add(wasThere && frozen == null ? 1 : 0);
      end(frozen);
    } else {
      durable.doubt(offset, old);
      end(refused("page " + offset + " of area " + name() + " is absent, which is not on record"));
    }
  }

  /** The store has failed: the page is to be no more, on record too if it ever was. */
  private void undo(String why) {
    space.counters().failedStores.increment();
    String what = "page " + offset + " of area " + name() + " was not stored: " + why;
    long end = nextEpoch();
    if (!wasThere && !durable.isDoubtful(offset)) {
      // Late, or in part, it may be on record all the same: a later invalidate sees to that.
      durable.doubt(offset, old);
      end(full(why + "; what of it is on record may come back when the node starts again"));
      return;
    }
    durable
        .gone(offset, end)
        .onSuccess(handle -> {
          if (handle != Backend.REFUSED) {
            old.release();
            durable.settled(offset);
            end(full(why));
          } else {
            durable.doubt(offset, old);
            end(refused(what));
          }
        });
  }

  private long nextEpoch() {
    stripe.lock.lock();
    try {
      return stripe.nextEpoch();
    } finally {
      stripe.lock.unlock();
    }
  }

  /** The page is absent; whoever stands in line comes next. */
  private void end(@Nullable TmemException error) {
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
    if (error == null) {
      promise.complete(true);
    } else {
      promise.fail(error);
    }
    stripe.line.serve(offset);
  }

  private static TmemException refused(String what) {
    return new TmemException(
        ErrorCode.BACKEND_FAILED,
        what
            + "; when the node starts again its last acknowledged content may come back, or what"
            + " was to take its place");
  }

  private TmemFullException full(String reason) {
    return new TmemFullException(
        "page "
            + offset
            + " of area "
            + name()
            + " was not stored: "
            + reason
            + space.dispatcher().backends().fullness());
  }
}
