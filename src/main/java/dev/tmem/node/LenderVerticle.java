package dev.tmem.node;

import dev.tmem.BorrowOptions;
import dev.tmem.TmemOptions;
import dev.tmem.admin.Lending;
import dev.tmem.eventbus.Addresses;
import dev.tmem.ramster.EventBusTransport;
import dev.tmem.ramster.FrameSplit;
import dev.tmem.ramster.RamsterBackend;
import dev.tmem.ramster.RamsterOptions;
import dev.tmem.ramster.Transport;
import dev.tmem.ramster.channel.ChannelTransport;
import dev.tmem.ramster.protocol.Flight;
import dev.tmem.ramster.protocol.Timing;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The node among its peers: lends them RAM and borrows theirs.
 *
 * <p>Owns the backend {@code ramster}, its addresses on the event bus and its page channels (frames
 * are read on this verticle's event loop), over which shared caches talk too, the ear for members
 * that leave, and the watch over what others find the node by. When it ends it hands foreign pages
 * back, ends the node's areas while their frees can still be acknowledged, and says goodbye.
 */
final class LenderVerticle extends VerticleBase {

  private static final Logger LOG = LoggerFactory.getLogger(LenderVerticle.class);

  private final Membership membership;
  private final Seat seat;
  private final NodeParts parts;
  private final TmemOptions options;
  private final AtomicReference<@Nullable Promise<Long>> leaving = new AtomicReference<>();
  private volatile @Nullable RamsterBackend ramster;
  private final RegistrationWatch watch;

  /** Set by the start. */
  private volatile @Nullable FrameSplit frames;

  private Runnable deaf = () -> {};

  LenderVerticle(Membership membership, Seat seat, NodeParts parts, TmemOptions options) {
    this.membership = membership;
    this.seat = seat;
    this.parts = parts;
    this.options = options;
    this.watch =
        new RegistrationWatch(
            membership,
            Addresses.node(seat.name()),
            parts.scheduler(),
            RegistrationWatch.PERIOD_MILLIS);
  }

  @Override
  public Future<?> start() {
    FrameSplit split = new FrameSplit(transport());
    frames = split;
    return RamsterBackend.start(
            ramsterOptions(),
            parts.ram(),
            parts.blocks(),
            parts.account(),
            split.peers(),
            parts.scheduler())
        .compose(started -> parts.dispatcher().register(started).map(started))
        .onSuccess(this::started);
  }

  /** Begins to share caches with the peers; once deployed. */
  Future<Void> share() {
    FrameSplit split = Objects.requireNonNull(frames, "not deployed");
    Promise<Void> sharing = Promise.promise();
    context.runOnContext(none ->
        SharingCaches.start(vertx, membership, seat, parts, options, split).onComplete(sharing));
    return sharing.future();
  }

  private Transport transport() {
    return switch (options.getTransport()) {
      case CHANNEL ->
          new ChannelTransport(
              vertx, seat.name(), membership.eventBus().host(), options.getChannelPort());
      case EVENTBUS -> new EventBusTransport(vertx, seat.name());
    };
  }

  private RamsterOptions ramsterOptions() {
    Timing times = Timing.DEFAULT;
    BorrowOptions borrow = options.getBorrow();
    Timing timing =
        new Timing(
            Math.min(times.gossipMillis(), (int) options.getPeerTimeoutMillis() / 2),
            (int) options.getPeerTimeoutMillis(),
            times.callMillis(),
            times.resendMillis(),
            times.freeDelayMillis(),
            (int) Math.max(options.getBorrowerGraceMillis(), options.getPeerTimeoutMillis()),
            times.sweepMillis());
    return RamsterOptions.of(seat.name(), parts.limits().lendBytes())
        .withIncarnation(seat.incarnation())
        .withNodeId(membership.nodeId())
        .withRack(Objects.requireNonNullElse(borrow.getRack(), ""))
        .withFlight(
            Flight.of(
                borrow.getInFlightPerPeer(), borrow.getInFlight(), parts.limits().memoryBytes()))
        .withTiming(timing);
  }

  private void started(RamsterBackend backend) {
    ramster = backend;
    backend.setHandBackRate(options.getHandBackBytesPerSecond());
    parts.dispatcher().addKeeper(new ForeignPages(backend));
    watch.start();
    deaf =
        membership.onLeft(nodeId ->
            parts
                .scheduler()
                .execute(() -> {
                  backend.peerLeft(nodeId);
                  parts.caches().shared().left(nodeId);
                }));
  }

  /** For the administrator; valid once deployed. */
  Lending lending() {
    RamsterBackend backend = ramster;
    if (backend == null) {
      throw new IllegalStateException("not deployed");
    }
    return new RamLending(backend);
  }

  /**
   * Hands foreign pages back, within {@code leaveTimeoutMillis}; how far it is stands among the
   * long work. Done once, however often it is asked for.
   *
   * @return completes with the number of pages that were not taken back
   */
  Future<Long> leave() {
    RamsterBackend backend = ramster;
    if (backend == null) {
      return Future.succeededFuture(0L);
    }
    Promise<Long> mine = Promise.promise();
    if (!leaving.compareAndSet(null, mine)) {
      return Objects.requireNonNull(leaving.get()).future();
    }
    long total = backend.foreignPages();
    parts
        .dispatcher()
        .longWorks()
        .run(
            "leave",
            total,
            work -> {
              work.measuredBy(() -> Math.max(0, total - backend.foreignPages()));
              work.whenStopped(backend::stay);
              return backend.leave(options.getLeaveTimeoutMillis());
            })
        .onSuccess(left -> tellLeft(total, left))
        .onComplete(mine);
    return mine.future();
  }

  @Override
  public Future<?> stop() {
    RamsterBackend backend = ramster;
    if (backend == null) {
      return Future.succeededFuture();
    }
    watch.stop();
    deaf.run();
    return SharingCaches.leave(parts)
        .transform(left -> leave())
        .transform(left -> parts.areas().endAll())
        .transform(ended -> backend.close());
  }

  private void tellLeft(long total, long left) {
    if (left > 0) {
      LOG.warn(
          "{} of {} pages of peers were not taken back within leaveTimeoutMillis, {}: these copies"
              + " are lost to their owners",
          left,
          total,
          options.getLeaveTimeoutMillis());
    } else if (total > 0) {
      LOG.info("{} pages of peers were handed back", total);
    }
  }
}
