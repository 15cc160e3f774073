package dev.tmem.dispatch;

import dev.tmem.backend.BackendHost;
import dev.tmem.backend.BackendUsage;
import dev.tmem.backend.Fetched;
import dev.tmem.backend.LossDomain;
import dev.tmem.backend.PageKey;
import dev.tmem.backend.PageRef;
import dev.tmem.backend.Scheduler;
import dev.tmem.backend.SlowBackend;
import dev.tmem.backend.SpaceInfo;
import dev.tmem.backend.Zpage;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
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
public class TwinBackend implements SlowBackend {

  private final String name;
  private final int tier;
  private final LossDomain domain;
  private final Scheduler scheduler;
  private final Map<Long, Zpage> pages = new ConcurrentHashMap<>();
  private final Set<Long> forgotten = ConcurrentHashMap.newKeySet();
  private final AtomicLong handles = new AtomicLong();

  /** Spaces that were initialised, and those that were ended. */
  public final Set<Integer> initialised = ConcurrentHashMap.newKeySet();

  public final Set<Integer> invalidated = ConcurrentHashMap.newKeySet();
  public final AtomicInteger invalidations = new AtomicInteger();
  public final AtomicInteger inits = new AtomicInteger();
  public final AtomicInteger doubleFrees = new AtomicInteger();
  public final AtomicInteger gets = new AtomicInteger();

  /** Calls that put pages. */
  public final AtomicInteger puts = new AtomicInteger();

  public final AtomicInteger getsAfterClose = new AtomicInteger();
  private volatile boolean closed;

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
    FORGETFUL,
    /** A call returns no future. */
    NO_FUTURE,
    /** Futures succeed with null. */
    NO_ANSWER,
    /** One answer is missing. */
    TOO_FEW,
    /** There is one answer more. */
    TOO_MANY,
    /** Each answer of a fetch is null. */
    NO_ANSWERS,
    /** Another page comes back, or another version. */
    OTHER_PAGE,
    /** The page comes back with a byte changed. */
    WRONG_BYTES,
    /** The page comes back as longer than it is. */
    WRONG_LENGTH,
    /** Every future completes twice. */
    TWICE
  }

  public volatile Mood mood = Mood.WELL;

  /** The space for which every init fails. */
  public volatile @Nullable String hated;

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

  /** No call waits for anything. */
  @Override
  public boolean returnsAtOnce() {
    return true;
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
    if (space.name().equals(hated)) {
      return Future.failedFuture(name + " does not like " + hated);
    }
    return answer(() -> {
      initialised.add(space.number());
      return null;
    });
  }

  @Override
  public Future<Void> invalidateSpace(int space) {
    invalidated.add(space);
    invalidations.incrementAndGet();
    return Future.succeededFuture();
  }

  /** The copies it keeps, by their offsets. */
  List<PageRef> refs() {
    return pages.entrySet().stream()
        .map(entry -> new PageRef(entry.getValue().key(), entry.getValue().epoch(), entry.getKey()))
        .sorted(Comparator.comparingLong(ref -> ref.key().offset()))
        .toList();
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
    puts.incrementAndGet();
    largestBatch.accumulateAndGet(batch.size(), Math::max);
    long[] result = new long[batch.size() + surplus()];
    Arrays.fill(result, REFUSED);
    for (int i = 0; i < Math.min(result.length, batch.size()); i++) {
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
    getsAfterClose.addAndGet(closed ? refs.size() : 0);
    largestBatch.accumulateAndGet(refs.size(), Math::max);
    return answer(() -> {
      List<Fetched> answers = new ArrayList<>();
      refs.forEach(ref -> answers.add(fetch(ref)));
      if (surplus() < 0) {
        answers.removeLast();
      } else if (surplus() > 0) {
        answers.add(new Fetched.Gone("nobody asked"));
      }
      return answers;
    });
  }

  /** A future that tells everybody twice. */
  private static final class TwiceFuture<T> {
    private final Supplier<T> work;

    TwiceFuture(Supplier<T> work) {
      this.work = work;
    }

    @SuppressWarnings("unchecked")
    Future<T> future() {
      return (Future<T>)
          Proxy.newProxyInstance(
              Future.class.getClassLoader(),
              new Class<?>[] {Future.class},
              (proxy, method, arguments) -> {
                if (!method.getName().equals("onComplete") || arguments.length != 1) {
                  throw new UnsupportedOperationException(method.getName());
                }
                Future<T> answer = Future.succeededFuture(work.get());
                ((Handler<Future<T>>) arguments[0]).handle(answer);
                ((Handler<Future<T>>) arguments[0]).handle(answer);
                return proxy;
              });
    }
  }

  private int surplus() {
    return mood == Mood.TOO_FEW ? -1 : mood == Mood.TOO_MANY ? 1 : 0;
  }

  @SuppressWarnings("NullAway") // that is what this backend does on bad days
  private Fetched fetch(PageRef ref) {
    return switch (mood) {
      case NO_ANSWERS -> null;
      case AWAY -> new Fetched.Unavailable("it is away");
      case DAMAGED -> new Fetched.Corrupt("it is damaged");
      case FORGETFUL -> {
        if (pages.remove(ref.handle()) != null) {
          forgotten.add(ref.handle());
        }
        yield new Fetched.Gone("it was forgotten");
      }
      default -> {
        Zpage page = pages.get(ref.handle());
        yield page == null || !page.key().equals(ref.key()) || page.epoch() != ref.epoch()
            ? new Fetched.Gone("there is no " + ref)
            : new Fetched.Found(disguised(page));
      }
    };
  }

  private Zpage disguised(Zpage page) {
    PageKey key = page.key();
    int length = page.originalLength();
    byte[] bytes = page.bytes().clone();
    switch (mood) {
      case OTHER_PAGE -> key = new PageKey(key.space(), key.offset() ^ 1);
      case WRONG_BYTES -> bytes[bytes.length / 2] ^= 1;
      case WRONG_LENGTH -> length = length == 1 ? 2 : length - 1;
      default -> {
        return page;
      }
    }
    return Zpage.arrived(key, page.epoch(), page.codec(), length, bytes, page.crc());
  }

  @Override
  public void free(List<PageRef> refs) {
    onFree.run();
    for (PageRef ref : refs) {
      if (pages.remove(ref.handle()) == null && !forgotten.remove(ref.handle())) {
        doubleFrees.incrementAndGet();
      }
    }
  }

  @Override
  public Future<Void> close() {
    closed = true;
    pages.clear();
    return Future.succeededFuture();
  }

  /** What hung goes on now. */
  void letGo() {
    List<Runnable> tasks;
    synchronized (hanging) {
      tasks = List.copyOf(hanging);
      hanging.clear();
    }
    tasks.forEach(Runnable::run);
  }

  /** Copies that it has forgotten, and that were not freed since. */
  int forgotten() {
    return forgotten.size();
  }

  /** Copies it keeps. */
  public int size() {
    return pages.size();
  }

  /** Whether it keeps a copy of a version of a page. */
  boolean has(PageKey key, long epoch) {
    return pages.values().stream()
        .anyMatch(page -> page.key().equals(key) && page.epoch() == epoch);
  }

  /** Bytes of the zpages it keeps. */
  long bytes() {
    return pages.values().stream().mapToLong(Zpage::length).sum();
  }

  /** The handles of all copies. */
  public Set<Long> handles() {
    return pages.keySet();
  }

  @SuppressWarnings("NullAway") // that is what this backend does on bad days
  private <T extends @Nullable Object> Future<T> answer(Supplier<T> work) {
    switch (mood) {
      case NO_FUTURE -> {
        return null;
      }
      case NO_ANSWER -> {
        return Future.succeededFuture(null);
      }
      case TWICE -> {
        return new TwiceFuture<>(work).future();
      }
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
