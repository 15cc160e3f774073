package dev.tmem.cli.demo;

/** What became of a page. */
enum Verdict {
  /** It holds what was stored last. */
  RIGHT,
  /** It holds what was stored before. */
  STALE,
  /** It is absent, or cannot be had. */
  LOST,
  /** It holds what was stored at another offset. */
  MISPLACED,
  /** It holds what was never stored. */
  CORRUPT
}
