package dev.tmem.backend;

/**
 * What a backend is told of a page space. Immutable.
 *
 * @param number never used twice in an incarnation
 * @param name unique among the open areas, or the open caches, of a node
 * @param pageSize bytes of a full page, a power of two from 1 KiB to 64 KiB
 * @param persistent true: a page taken must be kept until it is freed; false: it may be dropped
 */
public record SpaceInfo(int number, String name, int pageSize, boolean persistent) {}
