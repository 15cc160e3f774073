package dev.tmem.dispatch;

import dev.tmem.ErrorCode;
import dev.tmem.TmemException;
import io.vertx.core.Future;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;

/** The long work under way. Thread-safe: a concurrent map. */
public final class LongWorks {

  private final AtomicLong numbers = new AtomicLong();
  private final Map<Long, LongWork> works = new ConcurrentSkipListMap<>();

  /** Runs work that is seen here until it has ended. */
  public <T> Future<T> run(String what, long total, Function<LongWork, Future<T>> body) {
    LongWork work = new LongWork(numbers.incrementAndGet(), what, total);
    works.put(work.number(), work);
    return body.apply(work).onComplete(ended -> works.remove(work.number()));
  }

  /** What is under way, the oldest first. */
  public List<LongWork> list() {
    return List.copyOf(works.values());
  }

  /**
   * Stops work after the batch it is at.
   *
   * @throws TmemException with {@link ErrorCode#INVALID_OPTION} if none of that number is under way
   */
  public LongWork stop(long number) {
    LongWork work = works.get(number);
    if (work == null) {
      throw new TmemException(
          ErrorCode.INVALID_OPTION,
          "work: no work has number " + number + "; under way are " + works.keySet());
    }
    work.stop();
    return work;
  }
}
