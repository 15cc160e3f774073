package dev.tmem.cleancache.shared;

import dev.tmem.cleancache.shared.protocol.Timing;
import java.util.UUID;

/**
 * What a node is to the others that share caches. Immutable.
 *
 * @param name for people
 * @param incarnation this life of the node
 * @param nodeId how the cluster manager calls it
 * @param limitBytes of pages that it keeps, compressed; 0: none, it only asks others
 * @param tieBreak whether of two nodes the older goes on alone
 */
public record SharedSettings(
    String name,
    UUID incarnation,
    String nodeId,
    long limitBytes,
    boolean tieBreak,
    Timing timing) {}
