package dev.tmem.node;

import dev.tmem.cleancache.shared.Founder;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.core.shareddata.AsyncMap;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Lets one node of a cluster found a lineage of views of shared caches: whoever has the entry of a
 * cluster-wide map. An entry whose node is no member any more is replaced by who has asked a few
 * times and heard of no lineage between.
 *
 * <p>Thread-safe: atomic.
 */
final class ClusterFounder implements Founder {

  static final String MAP = "tmem.shared";

  private static final String KEY = "lineage";

  /** A node asks once a second while it hears of nobody. */
  private static final int LOOKS = 5;

  private final Vertx vertx;
  private final Membership membership;
  private final AtomicReference<String> seen = new AtomicReference<>("");
  private final AtomicInteger looks = new AtomicInteger();

  ClusterFounder(Vertx vertx, Membership membership) {
    this.vertx = vertx;
    this.membership = membership;
  }

  @Override
  public Future<Boolean> claim(UUID lineage) {
    String mine =
        new JsonObject()
            .put("nodeId", membership.nodeId())
            .put("lineage", lineage.toString())
            .encode();
    return vertx
        .sharedData()
        .<String, String>getClusterWideMap(MAP)
        .compose(map ->
            map.putIfAbsent(KEY, mine)
                .compose(other ->
                    other == null ? Future.succeededFuture(true) : replace(map, other, mine)));
  }

  private Future<Boolean> replace(AsyncMap<String, String> map, String other, String mine) {
    String founder = new JsonObject(other).getString("nodeId", "");
    boolean isSelf = founder.equals(membership.nodeId());
    if (!other.equals(seen.getAndSet(other))) {
      looks.set(0);
    }
    if (!isSelf && (membership.isMember(founder) || looks.incrementAndGet() < LOOKS)) {
      return Future.succeededFuture(false);
    }
    return map.replaceIfPresent(KEY, other, mine);
  }
}
