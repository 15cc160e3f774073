package dev.tmem.dispatch;

/**
 * How the pages of a clean cache are kept. Immutable.
 *
 * @param exclusiveGets whether a get removes the page
 * @param timeToLiveSeconds how long a page is kept after its put; 0: no limit
 */
public record CacheConfig(boolean exclusiveGets, int timeToLiveSeconds) {}
