package dev.tmem.backend;

/** What a copy of a page is lost with. Decides whether the copy needs a second one elsewhere. */
public enum LossDomain {
  /** Lost only together with the node that owns the page: local RAM, a local file. */
  NODE,
  /** Lost when some other process or machine dies. */
  PEER
}
