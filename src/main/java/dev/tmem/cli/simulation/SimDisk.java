package dev.tmem.cli.simulation;

import dev.tmem.backend.BackendUsage;
import dev.tmem.backend.Fetched;
import dev.tmem.backend.LossDomain;
import dev.tmem.backend.PageRef;
import dev.tmem.backend.SlowBackend;
import dev.tmem.backend.SpaceInfo;
import dev.tmem.backend.Zpage;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A disk: keeps zpages in a map, takes its time, and has bad days.
 *
 * <p>Invariant: a handle is given once. Confined to the thread of its schedule.
 */
final class SimDisk implements SlowBackend {

  static final String NAME = "swapfile";
  private static final int TIER = 300;
  private static final int SLOW_FACTOR = 60;

  /** How it is. */
  enum Mood {
    WELL,
    /** Answers after up to a few hundred milliseconds. */
    SLOW,
    /** Takes nothing. */
    FULL,
    /** Every call fails. */
    FAILING,
    /** No call is answered. */
    HANGING
  }

  private final Events events;
  private final NodeClock clock;
  private final SplittableRandom random;
  private final long capacity;
  private final Map<Long, Zpage> pages = new HashMap<>();
  private Mood mood = Mood.WELL;
  private long nextHandle = 1;
  private long bytes;
  private long lastTrouble = Long.MIN_VALUE;
  private int damages;
  private int strangeFrees;
  private int damageOneIn;

  /**
   * @param capacity bytes of zpages
   */
  SimDisk(Events events, NodeClock clock, SplittableRandom random, long capacity) {
    this.events = events;
    this.clock = clock;
    this.random = random;
    this.capacity = capacity;
  }

  Mood mood() {
    return mood;
  }

  void setMood(Mood now) {
    noteTrouble();
    mood = now;
    noteTrouble();
  }

  /** One page of so many is read damaged, and is damaged then for good; 0: none. */
  void setDamageOneIn(int pages) {
    damageOneIn = pages;
  }

  /** Pages that were damaged. */
  int damages() {
    return damages;
  }

  /** Frees of what it did not keep. */
  int strangeFrees() {
    return strangeFrees;
  }

  /** Copies it keeps. */
  int size() {
    return pages.size();
  }

  /** When it last did not take a page, or was not itself. */
  long lastTrouble() {
    noteTrouble();
    return lastTrouble;
  }

  /** The node had trouble with its time, so calls may have ended that the disk has answered. */
  void troubled() {
    lastTrouble = events.now();
  }

  private void noteTrouble() {
    if (mood != Mood.WELL) {
      lastTrouble = events.now();
    }
  }

  /** No call waits for anything. */
  @Override
  public boolean returnsAtOnce() {
    return true;
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public int tier() {
    return TIER;
  }

  @Override
  public LossDomain lossDomain() {
    return LossDomain.NODE;
  }

  @Override
  public Future<Void> init(SpaceInfo space) {
    return Future.succeededFuture();
  }

  @Override
  public Future<Void> invalidateSpace(int space) {
    return Future.succeededFuture();
  }

  @Override
  public BackendUsage usage() {
    return new BackendUsage(bytes, capacity);
  }

  @Override
  public Future<long[]> put(List<Zpage> batch) {
    return answer(() -> {
      long[] handles = new long[batch.size()];
      Arrays.fill(handles, REFUSED);
      for (int i = 0; i < handles.length; i++) {
        Zpage page = batch.get(i);
        if (mood == Mood.FULL || bytes + page.length() > capacity) {
          lastTrouble = events.now();
          continue;
        }
        handles[i] = nextHandle++;
        pages.put(handles[i], page);
        bytes += page.length();
      }
      return handles;
    });
  }

  @Override
  public Future<List<Fetched>> get(List<PageRef> refs) {
    return answer(() -> {
      List<Fetched> answers = new ArrayList<>(refs.size());
      refs.forEach(ref -> answers.add(fetch(ref)));
      return answers;
    });
  }

  private Fetched fetch(PageRef ref) {
    Zpage page = pages.get(ref.handle());
    if (page == null) {
      return new Fetched.Gone("the disk does not have it");
    }
    if (damageOneIn > 0 && random.nextInt(damageOneIn) == 0) {
      page = damaged(page);
      pages.put(ref.handle(), page);
      damages++;
    }
    return new Fetched.Found(page);
  }

  private Zpage damaged(Zpage page) {
    byte[] flipped = page.bytes().clone();
    flipped[random.nextInt(flipped.length)] ^= (byte) (1 << random.nextInt(8));
    return Zpage.arrived(
        page.key(), page.epoch(), page.codec(), page.originalLength(), flipped, page.crc());
  }

  @Override
  public void free(List<PageRef> refs) {
    for (PageRef ref : refs) {
      Zpage page = pages.remove(ref.handle());
      if (page == null) {
        strangeFrees++;
      } else {
        bytes -= page.length();
      }
    }
  }

  @Override
  public Future<Void> close() {
    pages.clear();
    bytes = 0;
    return Future.succeededFuture();
  }

  private <T extends @Nullable Object> Future<T> answer(Supplier<T> work) {
    Promise<T> promise = Promise.promise();
    long delay = random.nextInt(2_000) * Events.MICRO;
    if (mood == Mood.SLOW) {
      delay *= 1 + random.nextInt(SLOW_FACTOR);
    }
    if (mood != Mood.HANGING) {
      events.at(events.now() + delay, clock, () -> done(promise, work));
    }
    return promise.future();
  }

  private <T extends @Nullable Object> void done(Promise<T> promise, Supplier<T> work) {
    if (mood == Mood.FAILING) {
      promise.fail("the disk fails");
    } else {
      promise.complete(work.get());
    }
  }
}
