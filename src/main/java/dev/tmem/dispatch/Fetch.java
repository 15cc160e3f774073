package dev.tmem.dispatch;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.tmem.PageFault;
import dev.tmem.PageUnavailableException;
import dev.tmem.TmemException;
import dev.tmem.backend.Backend;
import dev.tmem.backend.Codec;
import dev.tmem.backend.Fetched;
import dev.tmem.backend.PageRef;
import dev.tmem.backend.RamBackend;
import dev.tmem.backend.Zpage;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One page being brought back from a slow backend, for all who wait for it.
 *
 * <p>The copies are asked one after the other: the next one when one is away, or has not answered
 * for some time ({@link Hedges}); the first answer is taken. A copy that is gone or damaged is
 * struck from the page, if the page still names it; the last one gone makes the page lost. Whenever
 * the page turns out to be another version by then, the loads begin anew: they never return what
 * was not the page's content while they waited.
 *
 * <p>Thread-safe: what changes is guarded by the stripe's lock.
 */
final class Fetch {

  /** A copy that has been chosen to be asked. */
  private record Asked(Fetch fetch, Copy copy) {}

  private final PageSpace space;
  private final Stripe stripe;
  private final long offset;
  private final long epoch;

  /** The slot's word when the fetch began: what a copy has to look like. */
  private final long word;

  /** Guarded by the stripe's lock; closed when the fetch is no more in the stripe's map. */
  private final List<Promise<@Nullable Loaded>> waiters = new ArrayList<>(1);

  /**
   * Copies of the version that was asked for, after a store or an invalidate has taken them out of
   * the slot: the loads that came before it still get them. Guarded by the stripe's lock.
   */
  private List<Copy> adopted = List.of();

  private final UnderWay.Period period;
  private final List<Copy> unavailable = new ArrayList<>(0);

  /** Copies that were asked for, and have not answered. */
  private final List<Copy> asked = new ArrayList<>(1);

  private String lastBackend = "none";
  private String lastReason = "no copy is left";

  /** It is out of the stripe's map; what comes from now on comes too late. */
  private boolean ended;

  /** What is to be said to the waiters when the stripe's lock is released. */
  private final AtomicReference<@Nullable Runnable> ending = new AtomicReference<>();

  private Fetch(PageSpace space, Stripe stripe, long offset, long word) {
    this.space = space;
    this.stripe = stripe;
    this.offset = offset;
    this.word = word;
    this.epoch = SlotWord.epoch(word);
    this.period = space.dispatcher().underWay().begin();
  }

  /**
   * Waits for a page that is present, elsewhere. The caller holds the stripe's lock.
   *
   * @param toStart gets the fetch if it is a new one; to be started when the lock is released
   */
  @SuppressWarnings("GuardedBy") // the caller holds the stripe's lock
  static Future<@Nullable Loaded> join(Stripe stripe, long ref, List<Fetch> toStart) {
    long word = stripe.slots.word(ref);
    long offset = stripe.slots.key(ref);
    stripe.slots.setWord(ref, SlotWord.fetched(word));
    Fetch fetch = stripe.fetches.get(offset);
    if (fetch == null || fetch.epoch != SlotWord.epoch(word)) {
      fetch = new Fetch(stripe.space(), stripe, offset, word);
      stripe.fetches.put(offset, fetch);
      toStart.add(fetch);
    }
    Promise<@Nullable Loaded> promise = Promise.promise();
    fetch.waiters.add(promise);
    return promise.future();
  }

  /** Asks each fetch's next copy, those in one backend together. No lock is held. */
  static void startAll(List<Fetch> fetches) {
    Map<Integer, List<Asked>> byOrdinal = new HashMap<>();
    List<Fetch> withOthers = new ArrayList<>();
    for (Fetch fetch : fetches) {
      Copy copy = fetch.choose();
      if (copy != null) {
        if (SlotWord.has(fetch.word, SlotWord.EXTRA)) {
          withOthers.add(fetch);
        }
        byOrdinal
            .computeIfAbsent(copy.ordinal(), key -> new ArrayList<>())
            .add(new Asked(fetch, copy));
      }
    }
    if (!withOthers.isEmpty()) {
      withOthers.getFirst().space.dispatcher().hedges().add(withOthers);
    }
    byOrdinal.forEach((ordinal, group) -> {
      for (int i = 0; i < group.size(); i += RegisteredBackend.MAX_BATCH) {
        int to = Math.min(group.size(), i + RegisteredBackend.MAX_BATCH);
        ask(ordinal, group.subList(i, to));
      }
    });
  }

  private static void ask(int ordinal, List<Asked> group) {
    RegisteredBackend backend = group.get(0).fetch().backend(ordinal);
    List<PageRef> refs = group.stream().map(asked -> asked.fetch().ref(asked.copy())).toList();
    backend
        .get(refs)
        .onSuccess(answers -> {
          for (int i = 0; i < group.size(); i++) {
            group.get(i).fetch().answered(group.get(i).copy(), answers.get(i));
          }
        });
  }

  private RegisteredBackend backend(int ordinal) {
    return space.dispatcher().backends().get(ordinal);
  }

  private PageRef ref(Copy copy) {
    return new PageRef(space.key(offset), epoch, copy.handle());
  }

  /**
   * Takes over the slow copies of a slot that is being emptied, to free them at the end. The caller
   * holds the stripe's lock.
   *
   * @return false: this fetch is for another version
   */
  boolean adopt(long version, List<Copy> copies) {
    if (version != epoch) {
      return false;
    }
    adopted = copies.stream().filter(copy -> backend(copy.ordinal()).ram() == null).toList();
    return true;
  }

  // ---- The next copy to ask

  /** The copy to be asked now; null: the fetch has ended, or waits for those that were asked. */
  private @Nullable Copy choose() {
    Freed freed = new Freed(space.dispatcher().backends());
    Copy candidate;
    stripe.lock.lock();
    try {
      candidate = chooseLocked(freed);
    } finally {
      stripe.lock.unlock();
    }
    freed.release();
    tellIfEnded();
    return candidate;
  }

  @GuardedBy("stripe.lock")
  private @Nullable Copy chooseLocked(Freed freed) {
    if (ended) {
      return null;
    }
    for (Copy copy : adopted) {
      if (!unavailable.contains(copy) && !asked.contains(copy)) {
        asked.add(copy);
        return copy;
      }
    }
    if (!adopted.isEmpty() && !asked.isEmpty()) {
      return null;
    }
    long ref = stripe.findVersion(offset, epoch);
    if (ref < 0 || SlotWord.state(stripe.slots.word(ref)) != SlotWord.PRESENT) {
      end(this::startAnew);
      return null;
    }
    for (Copy copy : stripe.copies(ref)) {
      if (unavailable.contains(copy) || asked.contains(copy)) {
        continue;
      }
      RamBackend ram = backend(copy.ordinal()).ram();
      if (ram == null) {
        asked.add(copy);
        return copy;
      }
      if (readRam(ref)) {
        return null;
      }
      String thrown = stripe.takeReadFault();
      if (thrown != null) {
        noteFailure(copy, thrown);
        unavailable.add(copy);
        continue;
      }
      noteFailure(copy, "the zpage is damaged");
      strike(ref, copy, true, freed);
    }
    if (!ended && asked.isEmpty()) {
      fail(ref);
    }
    return null;
  }

  /** The page came to RAM meanwhile, as its primary copy: reads it there. */
  @GuardedBy("stripe.lock")
  private boolean readRam(long ref) {
    byte[] bytes = new byte[space.config().pageSize()];
    stripe.takeReadFault();
    int length = stripe.read(stripe.slots.key(ref), ByteBuffer.wrap(bytes), 0, bytes.length);
    if (length < 0) {
      return false;
    }
    end(list -> deliver(list, bytes, length));
    return true;
  }

  /** No copy is left to ask now, but some may come back. */
  @GuardedBy("stripe.lock")
  private void fail(long ref) {
    PageFault fault = fault();
    if (unavailable.isEmpty()) {
      stripe.markLost(ref);
      end(list -> failAll(list, space.lostNow(fault)));
    } else {
      end(list -> failAll(list, new PageUnavailableException(fault)));
    }
  }

  private PageFault fault() {
    return new PageFault(space.config().name(), offset, lastBackend, lastReason);
  }

  private void noteFailure(Copy copy, String reason) {
    space.counters().failedReads.increment();
    lastBackend = name(copy);
    lastReason = reason;
  }

  // ---- What the backend said

  private void answered(Copy copy, Fetched answer) {
    switch (answer) {
      case Fetched.Found found -> found(copy, found.zpage());
      case Fetched.Gone gone -> bad(copy, gone.reason(), false);
      case Fetched.Corrupt corrupt -> bad(copy, corrupt.reason(), true);
      case Fetched.Unavailable away -> {
        if (isAway(copy, away.reason())) {
          startAll(List.of(this));
        }
      }
    }
  }

  /** A copy cannot be had now; false: nobody waits for it any more. */
  private boolean isAway(Copy copy, String reason) {
    stripe.lock.lock();
    try {
      asked.remove(copy);
      if (!ended) {
        unavailable.add(copy);
        lastBackend = name(copy);
        lastReason = reason;
      }
      return !ended;
    } finally {
      stripe.lock.unlock();
    }
  }

  private void found(Copy copy, Zpage zpage) {
    byte[] bytes = new byte[space.config().pageSize()];
    int length = zpage.originalLength();
    boolean whole =
        SlotWord.fits(word, zpage, bytes.length)
            && space
                    .dispatcher()
                    .codec()
                    .decompress(
                        zpage.codec(),
                        ByteBuffer.wrap(zpage.bytes()),
                        0,
                        zpage.length(),
                        ByteBuffer.wrap(bytes),
                        0,
                        length)
                == length;
    if (!whole) {
      bad(copy, "the zpage is damaged", true);
      return;
    }
    space.counters().lowerReads.increment();
    stripe.lock.lock();
    try {
      if (!ended) {
        promote(zpage);
        end(list -> deliver(list, bytes, length));
      }
    } finally {
      stripe.lock.unlock();
    }
    tellIfEnded();
  }

  /** A copy is gone or damaged: it is struck, and the next one asked. */
  private void bad(Copy copy, String reason, boolean damaged) {
    Freed freed = new Freed(space.dispatcher().backends());
    stripe.lock.lock();
    try {
      asked.remove(copy);
      long ref = ended ? -1 : stripe.findVersion(offset, epoch);
      if (adopted.contains(copy)) {
        // Not the page's any more: it is only not asked again.
        unavailable.add(copy);
      } else if (ref >= 0 && stripe.copies(ref).contains(copy)) {
        noteFailure(copy, reason);
        strike(ref, copy, damaged || backend(copy.ordinal()).diesWithPeer(), freed);
      }
    } finally {
      stripe.lock.unlock();
    }
    freed.release();
    if (!tellIfEnded()) {
      startAll(List.of(this)); // which does nothing if it has ended
    }
  }

  /**
   * Takes one bad copy out of the page; without it the page may be lost.
   *
   * @param free whether the backend still has it, or is to be told all the same
   */
  @GuardedBy("stripe.lock")
  private void strike(long ref, Copy copy, boolean free, Freed freed) {
    List<Copy> rest = stripe.copies(ref);
    rest.remove(copy);
    if (rest.isEmpty()) {
      PageFault fault = fault();
      stripe.markLost(ref);
      end(list -> failAll(list, space.lostNow(fault)));
    } else {
      stripe.setCopies(ref, rest);
    }
    if (free && !space.isOnRecord(copy)) {
      freed.add(space.key(offset), epoch, copy);
    }
  }

  private String name(Copy copy) {
    return backend(copy.ordinal()).name();
  }

  /**
   * A page that was loaded again from below comes back to RAM, if there is room; the lower copy
   * stays, so that demoting it again costs nothing.
   */
  @GuardedBy("stripe.lock")
  private void promote(Zpage zpage) {
    long ref = stripe.findVersion(offset, epoch);
    if (ref < 0) {
      return;
    }
    long word = stripe.slots.word(ref);
    RegisteredBackend first = space.firstRam();
    if (first == null
        || space.quota().isFull()
        || SlotWord.state(word) != SlotWord.PRESENT
        || SlotWord.references(word) < 2
        || backend(SlotWord.ordinal(word)).ram() != null
        || isForwarded(zpage)) {
      return;
    }
    ByteBuffer form = RamForm.of(zpage, space.config().pageSize());
    long handle = first.putInRam(form, 0, form.limit());
    if (handle == Backend.REFUSED) {
      return;
    }
    List<Copy> copies = stripe.copies(ref);
    copies.add(0, new Copy(first.ordinal, handle));
    if (stripe.setCopies(ref, copies)) {
      space.counters().promotions.increment();
    } else {
      first.freeInRam(handle);
    }
  }

  /** Whether a store would send the page past RAM: then it stays below. */
  private boolean isForwarded(Zpage zpage) {
    return zpage.codec() == Codec.RAW
        && space.dispatcher().upkeep().policy().forwards(space, zpage.length());
  }

  // ---- The end

  /** From now on nobody joins this fetch; {@link #tellIfEnded} has to follow. */
  @GuardedBy("stripe.lock")
  private void end(Consumer<List<Promise<@Nullable Loaded>>> how) {
    ended = true;
    stripe.fetches.remove(offset, this);
    List<Promise<@Nullable Loaded>> all = List.copyOf(waiters);
    waiters.clear();
    Freed freed = new Freed(space.dispatcher().backends());
    freed.addAll(space.key(offset), epoch, adopted);
    adopted = List.of();
    ending.set(() -> {
      freed.release();
      space.dispatcher().underWay().end(period);
      how.accept(all);
    });
  }

  /** Tells the waiters how it ended, if it did. No lock is held. */
  private boolean tellIfEnded() {
    Runnable tell = ending.getAndSet(null);
    if (tell != null) {
      tell.run();
    }
    return tell != null;
  }

  private void deliver(List<Promise<@Nullable Loaded>> all, byte[] bytes, int length) {
    space.counters().loads.add(all.size());
    for (int i = 0; i < all.size(); i++) {
      byte[] own = i == 0 ? bytes : bytes.clone();
      all.get(i).complete(new Loaded(own, length, epoch));
    }
  }

  private void failAll(List<Promise<@Nullable Loaded>> all, TmemException error) {
    space.counters().failedLoads.add(all.size());
    all.forEach(promise -> promise.fail(error));
  }

  private void startAnew(List<Promise<@Nullable Loaded>> all) {
    all.forEach(promise -> space.load(offset).onComplete(promise));
  }
}
