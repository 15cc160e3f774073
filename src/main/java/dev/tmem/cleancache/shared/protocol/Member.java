package dev.tmem.cleancache.shared.protocol;

import java.util.UUID;

/**
 * A node that keeps pages of shared caches: a voter, and the home of some slots. Immutable.
 *
 * @param incarnation this life of the node; a restarted node is another member
 * @param name for people
 * @param address where it receives messages
 * @param weight how many pages it takes beside the others, from 1; 0 of a node that keeps none and
 *     is no member of a view
 */
public record Member(UUID incarnation, String name, String address, int weight) {

  /** The largest weight. */
  public static final int WEIGHT_MAX = 1 << 20;
}
