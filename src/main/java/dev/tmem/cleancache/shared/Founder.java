package dev.tmem.cleancache.shared;

import io.vertx.core.Future;
import java.util.UUID;

/** Lets one node of a cluster found a lineage of views. */
public interface Founder {

  /**
   * Asks to found one.
   *
   * @return whether this node may, and nobody else
   */
  Future<Boolean> claim(UUID lineage);

  /** Of a node that is in no cluster. */
  static Founder alone() {
    return lineage -> Future.succeededFuture(true);
  }
}
