package dev.tmem.backend;

/**
 * How full a backend is. Immutable.
 *
 * @param usedBytes bytes taken by zpages, their padding included
 * @param limitBytes the most it may hold; {@link Long#MAX_VALUE} if it does not know
 */
public record BackendUsage(long usedBytes, long limitBytes) {}
