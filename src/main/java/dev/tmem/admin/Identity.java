package dev.tmem.admin;

/**
 * Who a node is. Immutable.
 *
 * @param name unique in the cluster
 * @param incarnation this life of the node's process
 * @param startedNanos {@link System#nanoTime} at its start
 */
public record Identity(String name, String incarnation, long startedNanos) {}
