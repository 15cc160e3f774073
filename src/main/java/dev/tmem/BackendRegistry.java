package dev.tmem;

import dev.tmem.backend.Backend;
import io.vertx.core.Future;
import java.util.List;

/** The backends of a node. Thread-safe. */
public interface BackendRegistry {

  /**
   * Adds a backend to the chain, at any time, also while areas are opened and closed.
   *
   * @return completes when it takes pages; fails with {@link ErrorCode#UNKNOWN_BACKEND} if one of
   *     that name exists, and on a client of another node, where backends cannot be registered
   */
  Future<Void> register(Backend backend);

  /**
   * Empties a backend into the others, removes it and closes it.
   *
   * @return fails with {@link ErrorCode#BACKEND_FAILED} if the others cannot take all its pages; it
   *     then stays, and takes no new ones
   */
  Future<Void> deregister(String name);

  /** The backends in the order of the chain. */
  Future<List<BackendInfo>> list();
}
