package dev.tmem.backend;

/**
 * Names one copy of one version of a page in one backend. Immutable.
 *
 * @param key the page
 * @param epoch the version: the epoch the page had when this copy was put
 * @param handle what the backend's put returned for it
 */
public record PageRef(PageKey key, long epoch, long handle) {}
