package dev.tmem.cli.torture;

/** What a load came to. */
enum Verdict {
  RIGHT,
  /** An older version, or one that was invalidated. */
  STALE,
  /** It should be there, and is not, or is said to be lost. */
  LOST,
  /** Another page's content. */
  MISPLACED,
  /** No page's content. */
  CORRUPT,
  /** It cannot be had now; nothing is wrong yet. */
  UNAVAILABLE
}
