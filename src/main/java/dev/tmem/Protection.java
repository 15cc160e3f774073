package dev.tmem;

/**
 * Where the second copy of a page that was lent to a peer must lie before its RAM copy is freed.
 */
public enum Protection {
  /** In the local swap file or with a second lender, whichever has room. */
  ANY,
  /** In the local swap file. */
  DISK,
  /** With a second lender. */
  REPLICA,
  /** Nowhere: the page is lost with its lender. */
  NONE
}
