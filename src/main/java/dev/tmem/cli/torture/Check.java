package dev.tmem.cli.torture;

import java.util.List;
import java.util.Map;

/** What the states of all nodes come to, held against each other. */
interface Check {

  /** Pages that are kept for nobody. */
  long leaked();

  /** What does not add up at rest, a sentence each; empty: all does. */
  List<String> problems();

  /** What keeps the cluster from taking the next fault; empty: nothing does. */
  List<String> dangers();

  /** Copies by the place in which they lie, of all nodes. */
  Map<String, Long> copies();
}
