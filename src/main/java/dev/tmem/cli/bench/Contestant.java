package dev.tmem.cli.bench;

/** A system of somebody else, as a user would take it for pages; found by its name. Immutable. */
public interface Contestant {

  /** Also the name of its row. */
  String name();

  /**
   * Makes an empty one.
   *
   * @param pages how many it will get
   * @param meanBytes what a compressed page of them takes in the mean
   */
  PageKeeper open(long pages, int meanBytes);
}
