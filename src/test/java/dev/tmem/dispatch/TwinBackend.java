package dev.tmem.dispatch;

import dev.tmem.backend.BackendHost;
import dev.tmem.backend.BackendUsage;
import dev.tmem.backend.Fetched;
import dev.tmem.backend.LossDomain;
import dev.tmem.backend.PageRef;
import dev.tmem.backend.Scheduler;
import dev.tmem.backend.SlowBackend;
import dev.tmem.backend.SpaceInfo;
import dev.tmem.backend.Zpage;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A backend that keeps zpages in a map, and does on demand what backends do on bad days: wait,
 * refuse, fail, hang, forget, lie. Thread-safe.
 */
public final class TwinBackend implements SlowBackend {

  private final String name;
  private final int tier;
  private final LossDomain domain;
  private final Scheduler scheduler;
  private final Map<Long, Zpage> pages = new ConcurrentHashMap<>();
  private final AtomicLong handles = new AtomicLong();

  /** Spaces that were initialised, and those that were ended. */
  public final Set<Integer> initialised = ConcurrentHashMap.newKeySet();

  public final Set<Integer> invalidated = ConcurrentHashMap.newKeySet();
  public final AtomicInteger inits = new AtomicInteger();
  public final AtomicInteger doubleFrees = new AtomicInteger();
  public final AtomicInteger gets = new AtomicInteger();

  /** The most pages that one call has put or asked for. */
  public final AtomicInteger largestBatch = new AtomicInteger();

  /** Pages it takes; more are refused. */
  public volatile long capacity = Long.MAX_VALUE;

  /** Milliseconds before it answers. */
  public volatile LongSupplier delayMillis = () -> 0;

  /** What it does instead of answering. */
  public enum Mood {
    WELL,
    /** Every call fails. */
    FAILING,
    /** Every call throws. */
    THROWING,
    /** No call is answered. */
    HANGING,
    /** Copies cannot be reached. */
    AWAY,
    /** Copies are damaged. */
    DAMAGED,
    /** Copies are gone. */
    FORGETFUL
  }

  public volatile Mood mood = Mood.WELL;

  /** Run by every free, to have something happen in the middle of something else. */
  public volatile Runnable onFree = () -> {};

  public volatile @Nullable BackendHost host;

  /** What hangs, to be let go by a test. */
  public final List<Runnable> hanging = new ArrayList<>();

  public TwinBackend(String name, int tier, LossDomain domain, Scheduler scheduler) {
    this.name = name;
    this.tier = tier;
    this.domain = domain;
    this.scheduler = scheduler;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public int tier() {
    return tier;
  }

  @Override
  public LossDomain lossDomain() {
    return domain;
  }

  @Override
  public void attach(BackendHost host) {
    if (mood == Mood.THROWING) {
      throw new IllegalStateException(name + " throws");
    }
    this.host = host;
  }

  @Override
  public Future<Void> init(SpaceInfo space) {
    inits.incrementAndGet();
    return answer(() -> {
      initialised.add(space.number());
      return null;
    });
  }

  @Override
  public Future<Void> invalidateSpace(int space) {
    invalidated.add(space);
    return Future.succeededFuture();
  }

  @Override
  public BackendUsage usage() {
    return new BackendUsage(pages.size() * 4096L, Long.MAX_VALUE);
  }

  @Override
  public Future<long[]> put(List<Zpage> batch) {
    return answer(() -> putNow(batch));
  }

  @Override
  public Future<long[]> putApart(List<Zpage> batch, long[] first) {
    return domain == LossDomain.PEER
        ? answer(() -> putNow(batch))
        : SlowBackend.super.putApart(batch, first);
  }

  private synchronized long[] putNow(List<Zpage> batch) {
    largestBatch.accumulateAndGet(batch.size(), Math::max);
    long[] result = new long[batch.size()];
    for (int i = 0; i < result.length; i++) {
      if (pages.size() >= capacity) {
        result[i] = REFUSED;
        continue;
      }
      result[i] = handles.getAndIncrement();
      pages.put(result[i], batch.get(i));
    }
    return result;
  }

  @Override
  public Future<List<Fetched>> get(List<PageRef> refs) {
    gets.addAndGet(refs.size());
    largestBatch.accumulateAndGet(refs.size(), Math::max);
    return answer(() -> {
      List<Fetched> answers = new ArrayList<>();
      refs.forEach(ref -> answers.add(fetch(ref)));
      return answers;
    });
  }

  private Fetched fetch(PageRef ref) {
    return switch (mood) {
      case AWAY -> new Fetched.Unavailable("it is away");
      case DAMAGED -> new Fetched.Corrupt("it is damaged");
      case FORGETFUL -> new Fetched.Gone("it was forgotten");
      default -> {
        Zpage page = pages.get(ref.handle());
        yield page == null || !page.key().equals(ref.key()) || page.epoch() != ref.epoch()
            ? new Fetched.Gone("there is no " + ref)
            : new Fetched.Found(page);
      }
    };
  }

  @Override
  public void free(List<PageRef> refs) {
    onFree.run();
    for (PageRef ref : refs) {
      if (pages.remove(ref.handle()) == null) {
        doubleFrees.incrementAndGet();
      }
    }
  }

  @Override
  public Future<Void> close() {
    pages.clear();
    return Future.succeededFuture();
  }

  /** Copies it keeps. */
  public int size() {
    return pages.size();
  }

  /** The handles of all copies. */
  public Set<Long> handles() {
    return pages.keySet();
  }

  private <T extends @Nullable Object> Future<T> answer(Supplier<T> work) {
    switch (mood) {
      case THROWING -> throw new IllegalStateException(name + " throws");
      case FAILING -> {
        return Future.failedFuture(name + " fails");
      }
      default -> {}
    }
    Promise<T> promise = Promise.promise();
    Runnable task = () -> promise.complete(work.get());
    long delay = delayMillis.getAsLong();
    if (mood == Mood.HANGING) {
      synchronized (hanging) {
        hanging.add(task);
      }
    } else if (delay > 0) {
      scheduler.schedule(delay, task);
    } else {
      scheduler.execute(task);
    }
    return promise.future();
  }
}
