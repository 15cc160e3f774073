package dev.tmem.dispatch;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.tmem.backend.Backend;
import dev.tmem.backend.BackendUsage;
import dev.tmem.backend.Codec;
import dev.tmem.backend.Fetched;
import dev.tmem.backend.PageKey;
import dev.tmem.backend.PageRef;
import dev.tmem.backend.Tick;
import dev.tmem.backend.Zpage;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Brings pages back from peers when there is room for them again: those that were loaded since they
 * left first, then the others; a batch at a time, and no more than so many bytes a second. What
 * came back is freed at its lenders; a copy on disk stays.
 *
 * <p>So that no page goes back and forth: it begins when the pool is less than {@value
 * #BEGIN_PERCENT} % full and no page has gone down for {@value #CALM_TICKS} s, and ends at {@value
 * #END_PERCENT} % or as soon as one goes down. Pages go down from {@value Watermarks#HIGH_PERCENT}
 * % on only, so what is brought back never makes one go. The same marks hold below the cap of an
 * area that has one: it takes part in a round if less than {@value #BEGIN_PERCENT} % of its cap are
 * used, and gets no more than {@value #END_PERCENT} % of it.
 *
 * <p>Thread-safe: a tick sets the next one at its end, so that all is confined to one thread at a
 * time.
 */
final class Repatriation {

  static final long TICK_MILLIS = 1_000;
  static final int BEGIN_PERCENT = 70;
  static final int END_PERCENT = 80;

  /** Spans that are held and not used may be needed for zpages of other sizes. */
  static final int HELD_PERCENT = 95;

  /** So many ticks without a demotion come before it begins. */
  static final int CALM_TICKS = 5;

  /** After all pages have been looked at, so many ticks pass before they are again. */
  static final int PAUSE_TICKS = 60;

  static final int BATCH_PAGES = 64;

  /** Blocks of slots that are looked at before others get their turn. */
  private static final int STEP_BLOCKS = 64;

  /** A copy that is to be brought back. */
  private record Candidate(Stripe stripe, PageKey key, long word, Copy copy) {
    PageRef ref() {
      return new PageRef(key, SlotWord.epoch(word), copy.handle());
    }
  }

  private final Dispatcher dispatcher;
  private final Tick tick;
  private volatile long bytesPerSecond;

  /** Ticks without a demotion; below 0 during a pause. */
  private long calmTicks;

  private long demotions;

  /** Bytes that may be brought now; several answers may be settled at once. */
  private final AtomicLong tokens = new AtomicLong();

  /** Where it is; null: it does not bring anything. */
  private @Nullable TableWalk walk;

  /** The first round is for pages that were loaded. */
  private boolean loadedOnly;

  private final List<Candidate> found = new ArrayList<>();

  /** Of the areas with a cap that take part in the round: the bytes that may still come. */
  private final Map<PageSpace, Long> rooms = new HashMap<>();

  Repatriation(Dispatcher dispatcher, long bytesPerSecond) {
    this.dispatcher = dispatcher;
    this.tick = new Tick(dispatcher.scheduler(), TICK_MILLIS, this::tick);
    this.bytesPerSecond = bytesPerSecond;
  }

  /**
   * @param bytes 0: nothing is brought back
   */
  void setBytesPerSecond(long bytes) {
    bytesPerSecond = bytes;
  }

  void start() {
    tick.next();
  }

  /** Ends; what is under way ends by itself, soon. */
  void stop() {
    tick.stop();
  }

  private void tick() {
    long rate = bytesPerSecond;
    tokens.updateAndGet(left -> Math.min(rate, left + rate));
    long now = 0;
    for (PageSpace space : dispatcher.persistentSpaces()) {
      now += space.counters().demotions.sum();
    }
    boolean calm = now <= demotions;
    demotions = now;
    calmTicks = calm ? calmTicks + 1 : Math.min(calmTicks, 0);
    if (!calm) {
      walk = null;
    } else if (walk == null && mayBegin()) {
      beginRound(true);
    }
    step();
  }

  private boolean mayBegin() {
    return calmTicks >= CALM_TICKS && bytesPerSecond > 0 && isBelow(BEGIN_PERCENT) && isAnyLent();
  }

  private void beginRound(boolean ofLoaded) {
    loadedOnly = ofLoaded;
    rooms.clear();
    for (PageSpace space : dispatcher.persistentSpaces()) {
      if (space.quota().isCapped() && roomBelowCap(space, BEGIN_PERCENT) > 0) {
        rooms.put(space, 0L);
      }
    }
    walk = new TableWalk(dispatcher.persistentSpaces());
  }

  private boolean isBelow(int percent) {
    for (RegisteredBackend backend : dispatcher.backends().chain()) {
      if (backend.ram() != null) {
        BackendUsage usage = backend.usage();
        long part = usage.limitBytes() / 100;
        return usage.usedBytes() < part * percent && usage.heldBytes() < part * HELD_PERCENT;
      }
    }
    return false;
  }

  private long roomBelowCap(PageSpace space, int percent) {
    long pool = 0;
    for (RegisteredBackend backend : dispatcher.backends().chain()) {
      if (backend.ram() != null && pool == 0) {
        pool = backend.usage().limitBytes();
      }
    }
    long cap = space.quota().shares().cap().of(pool);
    return cap / 100 * percent - space.ramTally().zpageBytes();
  }

  private boolean isAnyLent() {
    for (RegisteredBackend backend : dispatcher.backends().chain()) {
      for (PageSpace space : dispatcher.persistentSpaces()) {
        if (backend.diesWithPeer() && space.counters().primaryPages(backend.ordinal) > 0) {
          return true;
        }
      }
    }
    return false;
  }

  // ---- A batch

  private void step() {
    TableWalk current = walk;
    if (current == null || tokens.get() <= 0 || tick.isStopped()) {
      tick.next();
      return;
    }
    if (!isBelow(END_PERCENT)) {
      walk = null;
      tick.next();
      return;
    }
    rooms.replaceAll((space, before) -> roomBelowCap(space, END_PERCENT));
    boolean more = true;
    for (int i = 0; more && i < STEP_BLOCKS && found.size() < BATCH_PAGES; i++) {
      more = current.next(this::look);
    }
    if (!more) {
      endRound();
    }
    List<Candidate> batch = List.copyOf(found);
    found.clear();
    if (batch.isEmpty()) {
      dispatcher.scheduler().execute(this::step);
      return;
    }
    UnderWay.Period period = dispatcher.underWay().begin();
    bring(batch)
        .onComplete(done -> {
          dispatcher.underWay().end(period);
          dispatcher.scheduler().execute(this::step);
        });
  }

  private void endRound() {
    if (loadedOnly) {
      beginRound(false);
    } else {
      walk = null;
      calmTicks = -PAUSE_TICKS;
    }
  }

  @SuppressWarnings("GuardedBy") // the walk holds the stripe's lock
  private void look(Stripe stripe, long ref) {
    long word = stripe.slots.word(ref);
    int ordinal = SlotWord.ordinal(word);
    if (SlotWord.state(word) != SlotWord.PRESENT
        || ordinal == SlotWord.NOWHERE
        || (loadedOnly && SlotWord.references(word) == 0)
        || !dispatcher.backends().get(ordinal).diesWithPeer()
        || !mayCome(stripe.space())) {
      return;
    }
    PageKey key = stripe.space().key(stripe.slots.key(ref));
    found.add(new Candidate(stripe, key, word, new Copy(ordinal, stripe.slots.handle(ref))));
  }

  private boolean mayCome(PageSpace space) {
    return space.firstRam() != null
        && !space.modes().isRamNotEnough()
        && (!space.quota().isCapped() || takesRoom(space));
  }

  /** Whether there is room for one more page below the cap, which is taken then. */
  private boolean takesRoom(PageSpace space) {
    long room = rooms.getOrDefault(space, 0L);
    int most = space.config().pageSize();
    if (room < most) {
      return false;
    }
    rooms.put(space, room - most);
    return true;
  }

  private Future<Void> bring(List<Candidate> batch) {
    Map<RegisteredBackend, List<Candidate>> byBackend = new LinkedHashMap<>(2);
    for (Candidate candidate : batch) {
      RegisteredBackend backend = dispatcher.backends().get(candidate.copy().ordinal());
      byBackend.computeIfAbsent(backend, key -> new ArrayList<>()).add(candidate);
    }
    List<Future<Void>> fetches = new ArrayList<>(byBackend.size());
    byBackend.forEach((backend, all) -> {
      for (int i = 0; i < all.size(); i += RegisteredBackend.MAX_BATCH) {
        List<Candidate> asked =
            all.subList(i, Math.min(all.size(), i + RegisteredBackend.MAX_BATCH));
        fetches.add(
            backend
                .get(asked.stream().map(Candidate::ref).toList())
                .map(answers -> settle(asked, answers)));
      }
    });
    return Future.join(fetches).<Void>mapEmpty().otherwiseEmpty();
  }

  private @Nullable Void settle(List<Candidate> asked, List<Fetched> answers) {
    Freed freed = new Freed(dispatcher.backends());
    for (int i = 0; i < asked.size(); i++) {
      if (answers.get(i) instanceof Fetched.Found found) {
        tokens.addAndGet(-found.zpage().length());
        settle(asked.get(i), found.zpage(), freed);
      }
    }
    freed.release();
    return null;
  }

  private void settle(Candidate candidate, Zpage zpage, Freed freed) {
    Stripe stripe = candidate.stripe();
    stripe.lock.lock();
    try {
      long epoch = SlotWord.epoch(candidate.word());
      long ref = stripe.findVersion(candidate.key().offset(), epoch);
      if (ref >= 0 && SlotWord.state(stripe.slots.word(ref)) == SlotWord.PRESENT) {
        comeBack(stripe, ref, candidate, zpage, freed);
      }
    } finally {
      stripe.lock.unlock();
    }
  }

  /** Whatever is not as it was found, or does not fit, is left as it is. */
  @GuardedBy("stripe.lock")
  private void comeBack(Stripe stripe, long ref, Candidate candidate, Zpage zpage, Freed freed) {
    PageSpace space = stripe.space();
    RegisteredBackend ram = space.firstRam();
    List<Copy> copies = stripe.copies(ref);
    if (ram == null
        || space.quota().isFull()
        || !copies.get(0).equals(candidate.copy())
        || !SlotWord.fits(stripe.slots.word(ref), zpage, space.config().pageSize())
        || isForwarded(space, zpage)) {
      return;
    }
    var form = RamForm.of(zpage, space.config().pageSize());
    long handle = ram.putInRam(form, 0, form.limit());
    if (handle == Backend.REFUSED) {
      return;
    }
    List<Copy> lent = new ArrayList<>(copies);
    copies.removeIf(copy -> dispatcher.backends().get(copy.ordinal()).diesWithPeer());
    lent.removeAll(copies);
    copies.add(0, new Copy(ram.ordinal, handle));
    if (stripe.setCopies(ref, copies)) {
      freed.addAll(candidate.key(), SlotWord.epoch(candidate.word()), lent);
      space.counters().repatriated.increment();
    } else {
      ram.freeInRam(handle);
    }
  }

  /** Whether a store would send the page past RAM: then it stays below. */
  private boolean isForwarded(PageSpace space, Zpage zpage) {
    return zpage.codec() == Codec.RAW
        && dispatcher.upkeep().policy().forwards(space, zpage.length());
  }
}
