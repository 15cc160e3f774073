package dev.tmem.node;

import dev.tmem.admin.Identity;
import dev.tmem.cleancache.CleanCaches;
import dev.tmem.eventbus.NodeService;
import dev.tmem.frontswap.SwapAreas;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import org.jspecify.annotations.Nullable;

/**
 * The node's swap areas and clean caches on the event bus.
 *
 * <p>Owns the address {@code tmem.NODE}, the handles of clients elsewhere and what they have taken.
 * Requests begin on its event loop; those that only touch RAM end there as well.
 */
final class AreasVerticle extends VerticleBase {

  private final Identity identity;
  private final SwapAreas areas;
  private final CleanCaches caches;
  private @Nullable NodeService service;

  AreasVerticle(Identity identity, SwapAreas areas, CleanCaches caches) {
    this.identity = identity;
    this.areas = areas;
    this.caches = caches;
  }

  @Override
  public Future<?> start() {
    NodeService started = new NodeService(vertx, identity, areas, caches);
    service = started;
    return started.start();
  }

  @Override
  public Future<?> stop() {
    return service == null ? Future.succeededFuture() : service.stop();
  }
}
