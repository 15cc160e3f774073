package dev.tmem.ramster;

import dev.tmem.Until;
import dev.tmem.backend.Backend;
import dev.tmem.backend.BackendHost;
import dev.tmem.backend.PageKey;
import dev.tmem.backend.PageRef;
import dev.tmem.backend.Scheduler;
import dev.tmem.backend.Zpage;
import dev.tmem.memory.BlockPool;
import dev.tmem.memory.MemoryAccount;
import dev.tmem.memory.RegionPool;
import dev.tmem.ramster.protocol.Flight;
import dev.tmem.ramster.protocol.PeerView;
import dev.tmem.zram.ZramBackend;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.LongPredicate;

/** One node with a pool of its own, and a dispatcher that is a set of refs. */
final class TestNode implements BackendHost, AutoCloseable {

  final Set<PageRef> named = ConcurrentHashMap.newKeySet();
  final Set<PageRef> gone = ConcurrentHashMap.newKeySet();
  final Set<String> reasons = ConcurrentHashMap.newKeySet();
  final RamsterBackend backend;

  /** Has no other place for what lenders want to hand back. */
  volatile boolean full;

  /** While one is, nobody can say that a copy is not in use. */
  private final AtomicInteger putsUnderWay = new AtomicInteger();

  private final Transport transport;
  private boolean killed;
  private final ScheduledExecutorService threads = Executors.newScheduledThreadPool(2);
  private final MemoryAccount account = new MemoryAccount(64L << 20);
  private final RegionPool regions = new RegionPool(account);
  private final ZramBackend pool = new ZramBackend(regions, account);

  TestNode(Transport transport, RamsterOptions options) {
    this.transport = transport;
    backend =
        Until.done(
            RamsterBackend.start(
                options.withFlight(Flight.of(0, 0, account.limit())),
                pool,
                new BlockPool(regions),
                account,
                transport,
                new Threads()));
    backend.attach(this);
  }

  /** Lends pages and names the copies that were taken. */
  List<PageRef> lend(List<Zpage> pages, Function<List<Zpage>, Future<long[]>> put) {
    putsUnderWay.incrementAndGet();
    long[] handles = Until.done(put.apply(pages));
    List<PageRef> refs = new ArrayList<>();
    for (int i = 0; i < handles.length; i++) {
      if (handles[i] != Backend.REFUSED) {
        refs.add(new PageRef(pages.get(i).key(), pages.get(i).epoch(), handles[i]));
      }
    }
    named.addAll(refs);
    putsUnderWay.decrementAndGet();
    return refs;
  }

  long counter(String name) {
    return Objects.requireNonNull(backend.counters().get(name), name);
  }

  PeerView peer(String name) {
    return backend.peers().stream()
        .filter(view -> view.name().equals(name) && !view.state().equals("dead"))
        .findFirst()
        .orElseThrow();
  }

  boolean sees(String name) {
    return backend.peers().stream()
        .anyMatch(view -> view.name().equals(name) && view.state().equals("alive"));
  }

  @Override
  public boolean rehandle(PageKey key, long epoch, long oldHandle, long newHandle) {
    throw new UnsupportedOperationException("nobody moves");
  }

  @Override
  public Future<Long> copiesGone(LongPredicate handles, String reason) {
    reasons.add(reason);
    List<PageRef> struck = struck(handles);
    gone.addAll(struck);
    return Future.succeededFuture((long) struck.size());
  }

  @Override
  public Future<Long> copiesDoubtful(LongPredicate handles, String reason) {
    reasons.add(reason);
    return Future.succeededFuture(named.stream().filter(ref -> handles.test(ref.handle())).count());
  }

  @Override
  public Future<Long> evacuate(LongPredicate handles) {
    if (!full) {
      backend.free(struck(handles));
    }
    return Future.succeededFuture(named.stream().filter(ref -> handles.test(ref.handle())).count());
  }

  @Override
  public Future<List<Boolean>> moveAway(List<PageRef> copies) {
    if (full) {
      return Future.succeededFuture(copies.stream().map(copy -> false).toList());
    }
    copies.forEach(named::remove);
    backend.free(copies);
    return Future.succeededFuture(copies.stream().map(copy -> true).toList());
  }

  private List<PageRef> struck(LongPredicate handles) {
    List<PageRef> struck = named.stream().filter(ref -> handles.test(ref.handle())).toList();
    struck.forEach(named::remove);
    return struck;
  }

  @Override
  public boolean names(PageRef copy) {
    return putsUnderWay.get() > 0 || named.contains(copy);
  }

  void planCompaction() {
    pool.planCompaction();
  }

  /** Ends without a goodbye. */
  void kill() {
    killed = true;
    Until.done(transport.close());
    threads.shutdownNow();
  }

  @Override
  public void close() {
    if (!killed) {
      Until.done(backend.close());
    }
    threads.shutdownNow();
    regions.close();
  }

  private final class Threads implements Scheduler {

    @Override
    public long nanoTime() {
      return System.nanoTime();
    }

    @Override
    public void execute(Runnable task) {
      threads.execute(task);
    }

    @Override
    public Timer schedule(long delayMillis, Runnable task) {
      var timer = threads.schedule(task, delayMillis, TimeUnit.MILLISECONDS);
      return () -> timer.cancel(false);
    }
  }
}
