package dev.tmem.backend;

import io.vertx.core.Future;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A place that keeps zpages. Every backend is either a {@link RamBackend} or a {@link SlowBackend}.
 *
 * <p>Thread-safe: every method may be called by several threads at once.
 */
public interface Backend {

  /** The handle that says no: the page was not taken, and nothing of it is kept. */
  long REFUSED = -1;

  /** Unique within a node; shown in statistics and errors. */
  String name();

  /** Position in the chain: the lower is tried first. zram has 100, ramster 200, swapfile 300. */
  int tier();

  /** What a copy kept here is lost with. */
  LossDomain lossDomain();

  /**
   * Called once, before anything else, with the means to talk back to the dispatcher.
   *
   * @param host valid until {@link #close} has completed
   */
  default void attach(BackendHost host) {}

  /**
   * Makes the backend ready to take pages of a page space. Idempotent: it may be called again for a
   * space it has been told of already. If it fails or hangs, the backend is skipped for that space
   * only, and asked again later.
   */
  Future<Void> init(SpaceInfo space);

  /**
   * Says that a page space has ended; its number is never used again. Every page of it has been
   * freed before this call.
   */
  Future<Void> invalidateSpace(int space);

  /** How full the backend is; must be cheap, it is asked often. */
  BackendUsage usage();

  /**
   * Why it refuses every page now, for people: a full disk, a file that has gone, a service that is
   * away. Must be cheap.
   *
   * @return null: it does not
   */
  default @Nullable String trouble() {
    return null;
  }

  /** An administrator says that what kept it from taking pages is gone: it may try at once. */
  default void thaw() {}

  /** The backend's own counters, by the names under which they are published. */
  default Map<String, Long> counters() {
    return Map.of();
  }

  /**
   * Releases everything. The dispatcher calls it once, after the last page has left and the last
   * call has returned.
   */
  Future<Void> close();
}
