package dev.tmem.node;

import dev.tmem.Tmem;
import dev.tmem.TmemOptions;
import dev.tmem.TmemProvider;
import dev.tmem.dispatch.OnContext;
import dev.tmem.eventbus.RemoteTmem;
import io.vertx.core.Future;
import io.vertx.core.Vertx;

/** What {@link Tmem#start} and {@link Tmem#connect} find. Immutable. */
public final class NodeProvider implements TmemProvider {

  /** For {@link java.util.ServiceLoader}. */
  public NodeProvider() {}

  @Override
  public Future<Tmem> start(Vertx vertx, TmemOptions options) {
    TmemVerticle verticle = new TmemVerticle(options);
    return OnContext.ofCaller(vertx.deployVerticle(verticle).map(id -> verticle.tmem()));
  }

  @Override
  public Future<Tmem> connect(Vertx vertx, String nodeName) {
    return OnContext.ofCaller(RemoteTmem.connect(vertx, nodeName));
  }
}
