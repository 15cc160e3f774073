package sessions;

import dev.tmem.PageLostException;
import dev.tmem.SwapArea;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Session blobs in a swap area, one page each; a session ends {@code lifeMillis} after it was last
 * written. Confined to one Vert.x context.
 */
final class Sessions {

  /** Sessions looked at in one step of the search for ended ones. */
  private static final int SWEEP = 256;

  private final SwapArea area;
  private final long lifeMillis;

  /** The last change under way of each session that is being changed. */
  private final Map<Long, Future<?>> changes = new HashMap<>();

  private long sweepFrom;

  Sessions(SwapArea area, long lifeMillis) {
    this.area = area;
    this.lifeMillis = lifeMillis;
  }

  /** Bytes of the largest blob. */
  int largestBlob() {
    return area.options().getPageSize() - SessionLayout.BLOB;
  }

  Future<SessionId> create(Buffer blob) {
    SessionId id = SessionId.random();
    return inTurn(
            id.offset(),
            () ->
                area.contains(id.offset())
                    .compose(taken -> taken ? refused() : store(id, blob).map(true)))
        .compose(created -> created ? Future.succeededFuture(id) : create(blob));
  }

  /** The blob, or null if there is no such session. */
  Future<@Nullable Buffer> read(SessionId id) {
    return load(id.offset())
        .map(page -> page != null && isAlive(id, page) ? SessionLayout.blob(page) : null);
  }

  /** Whether there was such a session. */
  Future<Boolean> write(SessionId id, Buffer blob) {
    return ifAlive(id, () -> store(id, blob));
  }

  /** Whether there was such a session. */
  Future<Boolean> delete(SessionId id) {
    return ifAlive(id, () -> area.invalidatePage(id.offset()));
  }

  /** Looks at some sessions more, and removes those that have ended. */
  Future<?> sweep() {
    return area.offsets(sweepFrom, SWEEP)
        .compose(offsets -> {
          sweepFrom = offsets.length < SWEEP ? 0 : offsets[offsets.length - 1] + 1;
          List<Future<Void>> steps = new ArrayList<>();
          for (long offset : offsets) {
            steps.add(inTurn(offset, () -> removeIfEnded(offset)));
          }
          return Future.join(steps);
        });
  }

  private Future<Void> removeIfEnded(long offset) {
    return load(offset)
        .compose(page ->
            page == null || isYoung(page) ? Future.succeededFuture() : area.invalidatePage(offset));
  }

  private Future<Void> store(SessionId id, Buffer blob) {
    return area.store(id.offset(), SessionLayout.page(id, System.currentTimeMillis(), blob));
  }

  /** A session whose every copy was lost is a session that has ended. */
  private Future<@Nullable Buffer> load(long offset) {
    return area.load(offset)
        .recover(error ->
            error instanceof PageLostException
                ? area.invalidatePage(offset).mapEmpty()
                : Future.failedFuture(error));
  }

  private Future<Boolean> ifAlive(SessionId id, Supplier<Future<Void>> change) {
    return inTurn(
        id.offset(),
        () ->
            load(id.offset())
                .compose(page ->
                    page != null && isAlive(id, page) ? change.get().map(true) : refused()));
  }

  private boolean isAlive(SessionId id, Buffer page) {
    return SessionLayout.isOf(id, page) && isYoung(page);
  }

  private boolean isYoung(Buffer page) {
    return System.currentTimeMillis() - SessionLayout.writtenAt(page) < lifeMillis;
  }

  private static Future<Boolean> refused() {
    return Future.succeededFuture(false);
  }

  /** Changes of one session follow each other, so that a deleted one is not written again. */
  private <T> Future<T> inTurn(long offset, Supplier<Future<T>> change) {
    Future<?> before = changes.getOrDefault(offset, Future.succeededFuture());
    Future<T> done = before.transform(ignored -> change.get());
    changes.put(offset, done);
    done.onComplete(ignored -> changes.remove(offset, done));
    return done;
  }
}
