package dev.tmem.node;

import dev.tmem.BackendInfo;
import dev.tmem.BackendRegistry;
import dev.tmem.backend.Backend;
import dev.tmem.dispatch.Dispatcher;
import dev.tmem.dispatch.OnContext;
import io.vertx.core.Future;
import java.util.List;

/** The backends of the node in this process. Thread-safe. */
final class LocalBackends implements BackendRegistry {

  private final Dispatcher dispatcher;

  LocalBackends(Dispatcher dispatcher) {
    this.dispatcher = dispatcher;
  }

  @Override
  public Future<Void> register(Backend backend) {
    return OnContext.ofCaller(dispatcher.register(backend));
  }

  @Override
  public Future<Void> deregister(String name) {
    return OnContext.ofCaller(dispatcher.deregister(name));
  }

  @Override
  public Future<List<BackendInfo>> list() {
    return Future.succeededFuture(dispatcher.backendInfos());
  }
}
