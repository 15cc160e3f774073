package dev.tmem.node;

import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a node does unasked, besides the work on pages (which the dispatcher starts itself): holds
 * on to its name in the cluster and keeps the meters in step with areas and backends.
 *
 * <p>Owns two timers, which end with it. Confined to its event loop.
 */
final class BackgroundVerticle extends VerticleBase {

  private static final Logger LOG = LoggerFactory.getLogger(BackgroundVerticle.class);

  private static final long RENEW_MILLIS = 10_000;
  private static final long METERS_MILLIS = 5_000;

  private final Seat seat;
  private final Metrics metrics;
  private boolean nameContested;

  BackgroundVerticle(Seat seat, Metrics metrics) {
    this.seat = seat;
    this.metrics = metrics;
  }

  @Override
  public Future<?> start() {
    NameClaim claim = seat.claim();
    if (claim != null) {
      vertx.setPeriodic(RENEW_MILLIS, id -> renew(claim));
    }
    metrics.refresh();
    vertx.setPeriodic(METERS_MILLIS, id -> metrics.refresh());
    return Future.succeededFuture();
  }

  private void renew(NameClaim claim) {
    claim
        .renew()
        .onSuccess(this::renewed)
        .onFailure(
            failure -> LOG.warn("the name {} could not be renewed: {}", seat.name(), "" + failure));
  }

  private void renewed(boolean mine) {
    if (!mine && !nameContested) {
      LOG.error(
          "another node of this cluster is named {} too, since the cluster was split: stop one of"
              + " them",
          seat.name());
    }
    nameContested = !mine;
  }

  @Override
  public Future<?> stop() {
    metrics.close();
    return Future.succeededFuture();
  }
}
