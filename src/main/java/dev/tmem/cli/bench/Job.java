package dev.tmem.cli.bench;

import java.util.List;

/** Something that is measured in a process of its own. Confined to that process's main thread. */
@FunctionalInterface
interface Job {

  /**
   * Measures.
   *
   * @throws Exception whatever went wrong: then there are no rows
   */
  List<Row> measure(JobRun run) throws Exception;
}
