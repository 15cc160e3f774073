package dev.tmem.node;

import dev.tmem.Options;
import dev.tmem.Tmem;
import dev.tmem.TmemOptions;
import dev.tmem.admin.AdminCommands;
import dev.tmem.admin.Identity;
import dev.tmem.admin.Lending;
import dev.tmem.admin.NodeStats;
import dev.tmem.eventbus.EventPublisher;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Deployable;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A running node: its seat, its parts, and the verticles around them. Thread-safe: immutable.
 *
 * <p>The order of starting is seat, parts, verticles, announcement; of stopping, the reverse.
 */
final class Node {

  private static final Logger LOG = LoggerFactory.getLogger(Node.class);

  private final Vertx vertx;
  private final @Nullable Membership membership;
  private final Seat seat;
  private final NodeParts parts;
  private final LocalTmem tmem;
  private final Metrics metrics;
  private final List<Deployable> verticles;
  private final Supplier<Future<Long>> leave;

  private Node(
      Vertx vertx,
      @Nullable Membership membership,
      Seat seat,
      NodeParts parts,
      Lending lending,
      Supplier<Future<Long>> leave,
      Providers providers,
      MeterRegistry registry,
      Supplier<Future<Void>> undeploy) {
    this.vertx = vertx;
    this.leave = leave;
    this.membership = membership;
    this.seat = seat;
    this.parts = parts;
    Identity identity =
        new Identity(seat.name(), seat.incarnation().toString(), parts.scheduler().nanoTime());
    NodeStats stats =
        new NodeStats(
            identity, parts.dispatcher(), parts.areas(), parts.caches(), parts.account(), lending);
    AdminCommands admin =
        new AdminCommands(
            stats,
            parts.dispatcher(),
            parts.areas(),
            parts.caches(),
            parts.account(),
            lending,
            providers);
    tmem =
        new LocalTmem(
            seat.name(),
            parts.areas(),
            parts.caches(),
            new LocalBackends(parts.dispatcher()),
            admin,
            parts.dispatcher().notifier(),
            undeploy);
    metrics =
        new Metrics(
            registry,
            seat.name(),
            parts.dispatcher(),
            parts.areas(),
            parts.caches(),
            parts.account(),
            lending);
    verticles =
        List.of(
            new BackgroundVerticle(seat, metrics),
            new AdminVerticle(identity, admin),
            new AreasVerticle(identity, parts.areas(), parts.caches()));
  }

  /**
   * Starts a node on the caller's verticle, of which its own verticles become children.
   *
   * @param chosen name and folder that were chosen before
   * @param undeploy ends the caller's verticle, and so the node
   * @return fails as {@link Tmem#start} does; nothing is left behind then
   */
  static Future<Node> start(
      Vertx vertx,
      TmemOptions options,
      MeterRegistry registry,
      DataFolders.@Nullable Choice chosen,
      Supplier<Future<Void>> undeploy) {
    return new Start(vertx, Membership.of(vertx), options, registry, undeploy).run(chosen);
  }

  /** What a start needs all the way; each step undoes the ones before it if it fails. */
  private record Start(
      Vertx vertx,
      @Nullable Membership membership,
      TmemOptions options,
      MeterRegistry registry,
      Supplier<Future<Void>> undeploy) {

    Future<Node> run(DataFolders.@Nullable Choice chosen) {
      return Seat.take(vertx, membership, options, chosen)
          .compose(seat -> parts(seat).recover(failure -> after(seat.release(vertx), failure)));
    }

    private Future<Node> parts(Seat seat) {
      return Blocking.call(vertx, () -> Limits.of(options, seat.folder().path()))
          .compose(limits -> parts(seat, limits))
          .compose(
              parts -> peers(seat, parts).recover(failure -> after(parts.close(vertx), failure)));
    }

    private Future<NodeParts> parts(Seat seat, Limits limits) {
      return NodeParts.start(
          vertx,
          seat.name(),
          seat.folder().path(),
          options,
          limits,
          new EventPublisher(vertx, seat.name()));
    }

    private Future<Node> peers(Seat seat, NodeParts parts) {
      if (membership == null) {
        return deploy(
            seat,
            parts,
            Lending.NONE,
            () -> SharingCaches.startAlone(seat, parts, options),
            () -> Future.succeededFuture(0L));
      }
      LenderVerticle lender = new LenderVerticle(membership, seat, parts, options);
      return vertx
          .deployVerticle(lender)
          .compose(id ->
              deploy(seat, parts, lender.lending(), lender::share, lender::leave)
                  .recover(failure -> after(vertx.undeploy(id), failure)));
    }

    /** Shares caches at the very end: who does is a home of others' pages, and ends their view. */
    private Future<Node> deploy(
        Seat seat,
        NodeParts parts,
        Lending lending,
        Supplier<Future<Void>> share,
        Supplier<Future<Long>> leave) {
      Providers providers =
          new Providers(
              vertx,
              seat.name(),
              seat.folder().path(),
              parts.scheduler(),
              parts.dispatcher(),
              List.of(parts.swapfiles()));
      return providers
          .registerAll(options.getBackends())
          .compose(done -> {
            parts.dispatcher().setTiers(options.getTiers());
            return parts.areas().reopenDurable();
          })
          .compose(reopened -> share.get())
          .compose(sharing -> {
            Node node =
                new Node(
                    vertx, membership, seat, parts, lending, leave, providers, registry, undeploy);
            return node.deploy().map(node);
          });
    }
  }

  private static <T> Future<T> after(Future<Void> cleanUp, Throwable failure) {
    return cleanUp.transform(done -> Future.failedFuture(failure));
  }

  private Future<Void> deploy() {
    Future<Void> deployed = Future.succeededFuture();
    for (Deployable verticle : verticles) {
      deployed = deployed.compose(before -> vertx.deployVerticle(verticle).mapEmpty());
    }
    return deployed.compose(all -> seat.announce(vertx, membership)).onSuccess(all -> tell());
  }

  private void tell() {
    LOG.info(
        "node {} is ready. For trusted networks only: nobody is asked who he is, nothing is"
            + " encrypted",
        seat.name());
  }

  Tmem tmem() {
    return tmem;
  }

  Metrics metrics() {
    return metrics;
  }

  NodeParts parts() {
    return parts;
  }

  /** Who and where the node is, in one line. */
  String describe() {
    List<String> words = new ArrayList<>();
    words.add(seat.name());
    if (membership != null) {
      words.add("eventbus=" + membership.eventBus());
      words.add("cluster=" + membership.hazelcastAddress());
    }
    words.add("incarnation=" + seat.incarnation());
    words.add("memory=" + size(parts.limits().memoryBytes()));
    words.add("swap=" + size(parts.limits().swapFileBytes()));
    return String.join(" ", words);
  }

  private static String size(long bytes) {
    return Options.humanBytes(bytes).replace(" ", "");
  }

  /**
   * Hands the peers' pages back, while everything else goes on.
   *
   * @return completes with the number of pages that were not taken back in time
   */
  Future<Long> leave() {
    return leave.get();
  }

  /** Releases everything; its verticles have been undeployed. Called once. */
  Future<Void> stop() {
    tmem.markClosed();
    return parts
        .close(vertx)
        .transform(closed ->
            closed.succeeded() ? seat.release(vertx) : after(seat.release(vertx), closed.cause()));
  }
}
