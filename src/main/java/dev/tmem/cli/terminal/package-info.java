/**
 * What commands write to people: tables, progress, amounts, colour.
 *
 * <p>What it is: text for a terminal, and plain text where there is none. What it is not: it knows
 * nothing of pages, areas or nodes.
 *
 * <p>Threads: each class says. Failures: a closed pipe is noticed by nobody but {@link
 * java.io.PrintStream}; nothing here throws for it.
 */
@NullMarked
package dev.tmem.cli.terminal;

import org.jspecify.annotations.NullMarked;
