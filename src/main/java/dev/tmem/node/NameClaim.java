package dev.tmem.node;

import dev.tmem.ErrorCode;
import dev.tmem.TmemException;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.core.shareddata.AsyncMap;

/**
 * A node's name, held against all others of the cluster: an entry {@code name -> {nodeId,
 * incarnation}} of a cluster-wide map. A claim whose Vert.x node is no member any more is stale,
 * and may be replaced.
 *
 * <p>It spares people a mistake and keeps no page safe: after a split or the loss of two members at
 * once, two nodes may hold one name for a while. Incarnations tell them apart. {@link #renew} finds
 * that out and puts a lost entry back.
 *
 * <p>Immutable.
 */
final class NameClaim {

  static final String MAP = "tmem.nodes";

  /** Attempts against others that come and go at the same moment. */
  private static final int ATTEMPTS = 16;

  /** A newcomer's claim may be seen before its membership: look so often, so far apart. */
  private static final int STALE_LOOKS = 4;

  private static final long STALE_PAUSE_MILLIS = 250;

  private final Vertx vertx;
  private final Membership membership;
  private final AsyncMap<String, String> map;
  private final String name;
  private final String mine;

  private NameClaim(
      Vertx vertx, Membership membership, AsyncMap<String, String> map, String name, String mine) {
    this.vertx = vertx;
    this.membership = membership;
    this.map = map;
    this.name = name;
    this.mine = mine;
  }

  /**
   * Claims a name.
   *
   * @return fails with {@link ErrorCode#NAME_TAKEN} if a member has it
   */
  static Future<NameClaim> take(
      Vertx vertx, Membership membership, String name, String incarnation) {
    String mine = value(membership.nodeId(), incarnation);
    return open(vertx)
        .map(map -> new NameClaim(vertx, membership, map, name, mine))
        .compose(claim -> claim.attempt(ATTEMPTS).map(claim));
  }

  private static Future<AsyncMap<String, String>> open(Vertx vertx) {
    return vertx.sharedData().getClusterWideMap(MAP);
  }

  private static String value(String nodeId, String incarnation) {
    return new JsonObject().put("nodeId", nodeId).put("incarnation", incarnation).encode();
  }

  private static String nodeId(String claim) {
    return new JsonObject(claim).getString("nodeId", "");
  }

  private Future<Void> attempt(int left) {
    if (left == 0) {
      return Future.failedFuture(taken("others claim it again and again"));
    }
    return map.putIfAbsent(name, mine)
        .compose(other -> {
          if (other == null) {
            return Future.succeededFuture();
          }
          return isStale(other, STALE_LOOKS)
              .compose(stale ->
                  stale
                      ? replace(other, left)
                      : Future.failedFuture(taken("a node of that name is running")));
        });
  }

  private Future<Void> replace(String other, int left) {
    return map.replaceIfPresent(name, other, mine)
        .compose(replaced -> replaced ? Future.succeededFuture() : attempt(left - 1));
  }

  private Future<Boolean> isStale(String claim, int looks) {
    if (membership.isMember(nodeId(claim))) {
      return Future.succeededFuture(false);
    }
    if (looks == 0) {
      return Future.succeededFuture(true);
    }
    Promise<Void> later = Promise.promise();
    vertx.setTimer(STALE_PAUSE_MILLIS, id -> later.complete());
    return later.future().compose(none -> isStale(claim, looks - 1));
  }

  private TmemException taken(String why) {
    return new TmemException(
        ErrorCode.NAME_TAKEN, "name: " + name + " is taken in this cluster: " + why);
  }

  /**
   * Puts the entry back should it be gone.
   *
   * @return false: another living node holds the name as well
   */
  Future<Boolean> renew() {
    return map.putIfAbsent(name, mine)
        .compose(other -> {
          if (other == null || other.equals(mine)) {
            return Future.succeededFuture(true);
          }
          return membership.isMember(nodeId(other))
              ? Future.succeededFuture(false)
              : map.replaceIfPresent(name, other, mine);
        });
  }

  /** Gives the name up. */
  Future<Void> release() {
    return map.removeIfPresent(name, mine).mapEmpty();
  }
}
