package dev.tmem.node;

import dev.tmem.SharedOptions;
import dev.tmem.TmemOptions;
import dev.tmem.cleancache.shared.Founder;
import dev.tmem.cleancache.shared.NoTransport;
import dev.tmem.cleancache.shared.SharedSettings;
import dev.tmem.cleancache.shared.protocol.Timing;
import dev.tmem.ramster.FrameSplit;
import io.vertx.core.Future;
import io.vertx.core.Vertx;

/** How a node begins to share caches with others, and ends. */
final class SharingCaches {

  /** What it may take to be left out of the next view. */
  private static final long LEAVE_MILLIS = 2_000;

  private SharingCaches() {}

  /** Of a node in a cluster, whose frames arrive already. */
  static Future<Void> start(
      Vertx vertx,
      Membership membership,
      Seat seat,
      NodeParts parts,
      TmemOptions options,
      FrameSplit frames) {
    SharedSettings settings = settings(seat, membership.nodeId(), parts, options);
    Founder founder = new ClusterFounder(vertx, membership);
    return parts.caches().shared().start(settings, frames.caches(), founder);
  }

  /** Of a node that is in no cluster. */
  static Future<Void> startAlone(Seat seat, NodeParts parts, TmemOptions options) {
    SharedSettings settings = settings(seat, seat.name(), parts, options);
    return parts.caches().shared().start(settings, new NoTransport(), Founder.alone());
  }

  private static SharedSettings settings(
      Seat seat, String nodeId, NodeParts parts, TmemOptions options) {
    return new SharedSettings(
        seat.name(),
        seat.incarnation(),
        nodeId,
        limitBytes(parts, options),
        options.getShared().isTieBreak(),
        Timing.DEFAULT);
  }

  private static long limitBytes(NodeParts parts, TmemOptions options) {
    long limit = options.getShared().getLimit();
    return limit == SharedOptions.DEFAULT_LIMIT ? parts.limits().memoryBytes() / 2 : limit;
  }

  /** Leaves the others, as long as they can still be spoken with. */
  static Future<Void> leave(NodeParts parts) {
    return parts.caches().shared().leave(LEAVE_MILLIS);
  }
}
