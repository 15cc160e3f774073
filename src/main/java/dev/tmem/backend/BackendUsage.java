package dev.tmem.backend;

/**
 * How full a backend is. Immutable.
 *
 * @param usedBytes bytes taken by zpages, their padding included
 * @param limitBytes the most it may hold; {@link Long#MAX_VALUE} if it does not know
 * @param heldBytes bytes it occupies to hold them, free places included; more than the limit where
 *     others need what it occupies
 */
public record BackendUsage(long usedBytes, long limitBytes, long heldBytes) {

  /** The usage of a backend that occupies just what it uses. */
  public BackendUsage(long usedBytes, long limitBytes) {
    this(usedBytes, limitBytes, usedBytes);
  }
}
