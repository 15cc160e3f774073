package dev.tmem.dispatch;

import dev.tmem.Protection;

/**
 * How a page space is made. Immutable.
 *
 * @param name unique among the open spaces
 * @param pageSize bytes of a full page
 * @param persistent whether pages must be kept until they are invalidated
 * @param protection of pages that lie with a peer
 */
public record SpaceConfig(String name, int pageSize, boolean persistent, Protection protection) {}
