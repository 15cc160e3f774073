/**
 * The command {@code tmem}: what it understands and how it answers.
 *
 * <p>What it is: one class for each command, and {@link dev.tmem.cli.Main} around them. Results go
 * to standard output, everything else to standard error; with {@code --json} standard output holds
 * one JSON object and nothing else. What it is not: the work itself; that is done by the node, by
 * {@link dev.tmem.cli.client} and by {@link dev.tmem.cli.demo}.
 *
 * <p>Threads: a command runs on the main thread and blocks it. Failures: one line on standard error
 * ({@code --verbose} adds the stack trace) and an exit code of {@link dev.tmem.cli.ExitCode}.
 */
@NullMarked
package dev.tmem.cli;

import org.jspecify.annotations.NullMarked;
