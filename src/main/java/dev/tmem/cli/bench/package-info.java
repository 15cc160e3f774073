/**
 * Benchmarks that a user can run: {@code tmem bench}.
 *
 * <p>What it is: {@link dev.tmem.cli.bench.BenchRun} starts a process for each {@link
 * dev.tmem.cli.bench.Job} of a {@link dev.tmem.cli.bench.Bench} and puts the {@link
 * dev.tmem.cli.bench.Row}s together. A job measures ours and what stands beside it in turn, in one
 * process ({@link dev.tmem.cli.bench.Alternation}), so that a machine that slows down slows both;
 * everything it loads is compared with what was stored. What it is not: JMH, which is for parts; it
 * shows missed goals and judges nobody.
 *
 * <p>Threads: a job has the main thread of its process, and says so where it starts more. Failures:
 * a job that fails leaves its rows out, and the benchmark fails in the end; every process is ended,
 * whatever ends the benchmark.
 */
@NullMarked
package dev.tmem.cli.bench;

import org.jspecify.annotations.NullMarked;
