package dev.tmem.cleancache.shared;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.tmem.CleanCacheOptions;
import dev.tmem.cleancache.shared.protocol.Message.CacheName;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;

/**
 * A shared cache that this node holds open, with its handles here.
 *
 * <p>Thread-safe: under this object's monitor it is decided whether a handle is the last one.
 */
public final class OpenShared {

  private final CacheName cache;
  private final int number;

  final LongAdder hits = new LongAdder();
  final LongAdder misses = new LongAdder();
  final LongAdder puts = new LongAdder();
  final LongAdder invalidates = new LongAdder();
  final LongAdder loads = new LongAdder();
  final LongAdder failures = new LongAdder();
  final LongAdder damaged = new LongAdder();

  @GuardedBy("this")
  private int handles;

  @GuardedBy("this")
  private boolean ended;

  /** What was said last to the homes; it ends when they have answered or are not waited for. */
  @GuardedBy("this")
  private Future<Void> said = Future.succeededFuture();

  OpenShared(CacheName cache, int number) {
    this.cache = cache;
    this.number = number;
  }

  public UUID uuid() {
    return cache.uuid();
  }

  /** Never used twice for a shared cache in the life of a node. */
  public int number() {
    return number;
  }

  CacheName cache() {
    return cache;
  }

  public CleanCacheOptions options() {
    return new CleanCacheOptions()
        .setPageSize(cache.pageSize())
        .setTimeToLiveSeconds(cache.timeToLiveSeconds());
  }

  /** What this node has asked of the cache, since it has it open. */
  public Map<String, Long> counters() {
    Map<String, Long> counters = new TreeMap<>();
    counters.put("succ_gets", hits.sum());
    counters.put("failed_gets", misses.sum());
    counters.put("puts", puts.sum());
    counters.put("invalidates", invalidates.sum());
    counters.put("loader_calls", loads.sum());
    counters.put("failed_changes", failures.sum());
    counters.put("failed_reads", damaged.sum());
    return counters;
  }

  public synchronized int handles() {
    return handles;
  }

  /** False: the last handle was closed just now. */
  synchronized boolean tryHold() {
    if (!ended) {
      handles++;
    }
    return !ended;
  }

  /** Whether that was the last one. */
  synchronized boolean release() {
    handles--;
    boolean last = handles == 0 && !ended;
    ended |= last;
    return last;
  }

  synchronized boolean isEnded() {
    return ended;
  }

  /**
   * Says something to the homes, after what was said before: that it is open must not come after
   * that it was closed.
   */
  Future<Void> say(Supplier<Future<Void>> word) {
    Promise<Void> promise = Promise.promise();
    Future<Void> before;
    synchronized (this) {
      before = said;
      said = promise.future();
    }
    before.transform(any -> word.get()).onComplete(promise);
    return promise.future();
  }

  /** Whether nothing is being said. */
  synchronized boolean isSilent() {
    return said.isComplete();
  }

  /** Whether it had not ended before. */
  synchronized boolean end() {
    boolean first = !ended;
    ended = true;
    return first;
  }
}
