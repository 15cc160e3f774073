package dev.tmem.eventbus;

import dev.tmem.Taken;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;

/**
 * Pages taken by clients elsewhere, until they decide. A take is remembered for a minute, twice as
 * long as it can stand; after that it did not stand.
 *
 * <p>Confined to the context of the service.
 */
final class Takes {

  private static final long REMEMBERED_MILLIS = 60_000;

  private final Map<String, Taken> takes = new HashMap<>();

  /** Remembers a take; its name, which cannot be guessed. */
  String add(Taken taken, Vertx vertx) {
    String name = UUID.randomUUID().toString();
    takes.put(name, taken);
    vertx.setTimer(REMEMBERED_MILLIS, timer -> takes.remove(name));
    return name;
  }

  /** Commits or puts back; whether the take still stood. */
  Future<Boolean> decide(String name, boolean commit) {
    Taken taken = takes.get(name);
    if (taken == null) {
      return Future.succeededFuture(false);
    }
    return commit ? taken.commit() : taken.putBack();
  }
}
