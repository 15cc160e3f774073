package dev.tmem.node;

import dev.tmem.backend.Backend;
import dev.tmem.backend.BackendProvider;
import dev.tmem.backend.BackendSetting;
import dev.tmem.backend.LossDomain;
import dev.tmem.dispatch.TwinBackend;
import io.vertx.core.Future;

/** Found by tests of nodes: makes backends that keep pages in a map. */
public final class TwinProvider implements BackendProvider {

  /** For {@link java.util.ServiceLoader}. */
  public TwinProvider() {}

  @Override
  public String type() {
    return "twin";
  }

  /** Options: {@code tier}; {@code fail} and {@code name} for what may go wrong. */
  @Override
  public Future<Backend> create(BackendSetting setting) {
    if (setting.options().containsKey("fail")) {
      throw new IllegalArgumentException(setting.options().getString("fail"));
    }
    return Future.succeededFuture(
        new TwinBackend(
            setting.options().getString("name", setting.name()),
            setting.options().getInteger("tier", 250),
            LossDomain.NODE,
            setting.scheduler()));
  }
}
