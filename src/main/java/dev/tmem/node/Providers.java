package dev.tmem.node;

import dev.tmem.ErrorCode;
import dev.tmem.Options;
import dev.tmem.TmemException;
import dev.tmem.admin.BackendSource;
import dev.tmem.backend.Backend;
import dev.tmem.backend.BackendProvider;
import dev.tmem.backend.BackendSetting;
import dev.tmem.backend.Scheduler;
import dev.tmem.dispatch.Dispatcher;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The providers of backends that were found when the node started, and the way from one of them to
 * a backend in the chain. Thread-safe: immutable.
 */
final class Providers implements BackendSource {

  private static final Logger LOG = LoggerFactory.getLogger(Providers.class);

  private final Map<String, BackendProvider> byType = new TreeMap<>();
  private final Vertx vertx;
  private final String node;
  private final Path folder;
  private final Scheduler scheduler;
  private final Dispatcher dispatcher;

  /**
   * Looks for providers; one that cannot be loaded is passed over, and said to be.
   *
   * @param own the node's, which need no looking for
   */
  Providers(
      Vertx vertx,
      String node,
      Path folder,
      Scheduler scheduler,
      Dispatcher dispatcher,
      List<BackendProvider> own) {
    this.vertx = vertx;
    this.node = node;
    this.folder = folder;
    this.scheduler = scheduler;
    this.dispatcher = dispatcher;
    own.forEach(this::add);
    Iterator<BackendProvider> found = ServiceLoader.load(BackendProvider.class).iterator();
    boolean more = true;
    while (more) {
      try {
        more = found.hasNext();
        if (more) {
          add(found.next());
        }
      } catch (ServiceConfigurationError broken) {
        LOG.warn("a provider of backends cannot be used", broken);
      }
    }
  }

  private void add(BackendProvider provider) {
    String type = Options.name("type of a provider", provider.type());
    if (byType.putIfAbsent(type, provider) != null) {
      LOG.warn("provider {} is passed over: there is another of type {}", provider, type);
    }
  }

  @Override
  public Set<String> providers() {
    return Set.copyOf(byType.keySet());
  }

  /** Registers what the configuration asks for, in its order. */
  Future<Void> registerAll(JsonObject backends) {
    Future<Void> all = Future.succeededFuture();
    for (String name : backends.fieldNames()) {
      JsonObject options = backends.getJsonObject(name).copy();
      String provider = String.valueOf(options.remove("provider"));
      all = all.compose(done -> register(provider, name, options));
    }
    return all;
  }

  @Override
  public Future<Void> register(String type, String name, JsonObject options) {
    BackendProvider provider = byType.get(type);
    if (provider == null) {
      return failed(
          ErrorCode.UNKNOWN_BACKEND,
          "backend " + name + ": there is no provider " + type + "; there are " + byType.keySet());
    }
    if (dispatcher.backend(name) != null) {
      return failed(ErrorCode.UNKNOWN_BACKEND, "a backend named " + name + " exists already");
    }
    Future<? extends Backend> made;
    try {
      Options.name("backend", name);
      made =
          provider.create(new BackendSetting(name, options.copy(), node, folder, vertx, scheduler));
    } catch (RuntimeException e) {
      made = Future.failedFuture(e);
    }
    return made.<Void>compose(backend -> register(name, backend))
        .recover(error -> Future.failedFuture(typed(name, error)));
  }

  private Future<Void> register(String name, Backend backend) {
    if (!name.equals(backend.name())) {
      return backend
          .close()
          .transform(closed ->
              failed(ErrorCode.BACKEND_FAILED, "its provider named it " + backend.name()));
    }
    return dispatcher
        .register(backend)
        .recover(error -> backend.close().transform(closed -> Future.failedFuture(error)));
  }

  private static TmemException typed(String name, Throwable error) {
    return error instanceof TmemException known
        ? known
        : new TmemException(
            ErrorCode.BACKEND_FAILED,
            "backend " + name + " cannot be made: " + error.getMessage(),
            error);
  }

  private static Future<Void> failed(ErrorCode code, String message) {
    return Future.failedFuture(new TmemException(code, message));
  }
}
