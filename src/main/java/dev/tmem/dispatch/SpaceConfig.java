package dev.tmem.dispatch;

import dev.tmem.ErrorCode;
import dev.tmem.Protection;
import dev.tmem.TmemException;
import java.util.List;

/**
 * How a page space is made. Immutable.
 *
 * @param name unique among the open areas, or the open caches
 * @param pageSize bytes of a full page
 * @param persistent whether pages must be kept until they are invalidated
 * @param protection of pages that lie with a peer
 * @param tiers names of the backends it may use, in its order; empty: all, in the chain's order
 */
public record SpaceConfig(
    String name, int pageSize, boolean persistent, Protection protection, List<String> tiers) {

  public SpaceConfig {
    tiers = List.copyOf(tiers);
  }

  /** The same, with that list. */
  SpaceConfig withTiers(List<String> names) {
    return new SpaceConfig(name, pageSize, persistent, protection, names);
  }

  TmemException closedError(int number) {
    return new TmemException(
        ErrorCode.AREA_CLOSED,
        (persistent ? "area " : "cache ") + name + " (number " + number + ") is closed");
  }

  /** A space that may use every backend. */
  public SpaceConfig(String name, int pageSize, boolean persistent, Protection protection) {
    this(name, pageSize, persistent, protection, List.of());
  }
}
