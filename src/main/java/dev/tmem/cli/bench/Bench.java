package dev.tmem.cli.bench;

import java.util.List;

/**
 * A benchmark: jobs that are done one after the other. Immutable.
 *
 * @param name by which it is asked for
 */
record Bench(String name, List<JobSpec> jobs) {

  Bench {
    jobs = List.copyOf(jobs);
  }

  JobSpec job(String jobName) {
    return jobs.stream()
        .filter(job -> job.name().equals(jobName))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException(name + " has no job " + jobName));
  }
}
