package dev.tmem.cli.torture;

/** What clients do in the process of a node while faults happen. Confined to the main thread. */
interface Workload {

  /** Lets clients begin. */
  void begin();

  /** Lets them end what they are at; nothing is under way when it returns. */
  void rest() throws InterruptedException;

  /** Looks at every page, and counts what it finds. Nothing else is under way. */
  void verify() throws InterruptedException;

  /** Lets go of what the nodes have in common; nothing is looked at any more. */
  void end();

  /** What came of everything so far. */
  Findings findings();
}
