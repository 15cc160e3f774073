package dev.tmem.cleancache.shared.protocol;

/**
 * What a home decides by, in one place: each method is told whether the rule of {@code
 * docs/shared-caches.md} is kept, and says whether to go on as if it were. A test that plants a bug
 * gives another answer; nobody else does. Immutable.
 */
public class HomeRules {

  /** Whether to serve, if the lease is held. */
  protected boolean serves(boolean leased) {
    return leased;
  }

  /** Whether to serve, if the request's view is this node's, and this node the home. */
  protected boolean agrees(boolean agreed) {
    return agreed;
  }

  /** Whether to put and to invalidate, if no earlier home can be serving. */
  protected boolean settled(boolean settled) {
    return settled;
  }

  /** Whether to drop the pages of a slot, if it has another home now. */
  protected boolean drops(boolean moved) {
    return moved;
  }
}
