package dev.tmem.cli.bench;

import java.io.PrintStream;

/**
 * What a job is told, and whom it tells how far it is. Immutable.
 *
 * @param pages the size of the whole benchmark; jobs scale by it
 * @param seed of everything random
 * @param out to the process that waits for it
 */
record JobRun(long pages, long seed, PrintStream out) {

  /** Pages of rows that are about speed alone: a quarter of the whole. */
  int speedPages() {
    return (int) Math.max(BenchOptions.MIN_PAGES, pages / 4);
  }

  void progress(String text) {
    Protocol.PROGRESS.write(out, text);
  }
}
