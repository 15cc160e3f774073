package dev.tmem.admin;

import dev.tmem.ErrorCode;
import dev.tmem.TmemException;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.Set;

/** Where an administrator gets further backends from. Thread-safe. */
public interface BackendSource {

  /** There are none. */
  BackendSource NONE =
      new BackendSource() {
        @Override
        public Set<String> providers() {
          return Set.of();
        }

        @Override
        public Future<Void> register(String provider, String name, JsonObject options) {
          return Future.failedFuture(
              new TmemException(ErrorCode.UNKNOWN_BACKEND, "no provider of backends was found"));
        }
      };

  /** The types of backends that can be made. */
  Set<String> providers();

  /**
   * Makes a backend and adds it to the chain.
   *
   * @return fails with {@link ErrorCode#UNKNOWN_BACKEND} for an unknown provider or a name that is
   *     taken, with {@link ErrorCode#BACKEND_FAILED} if it cannot be made
   */
  Future<Void> register(String provider, String name, JsonObject options);
}
