/**
 * The demonstration: a whole cluster on one machine, with real files and a murdered node.
 *
 * <p>What it is: {@link dev.tmem.cli.demo.Demo} starts nodes as processes of their own, brings
 * files into an area of the first, overwrites, kills a peer, and holds every page against what it
 * must be. Originals are known by reading the files again, overwritten pages by a function of
 * offset and version, so that a page of the past, a page of another offset, a damaged page and a
 * lost one are told apart. What it is not: a benchmark; its rates are those of this machine with
 * all nodes on it.
 *
 * <p>Threads: the main thread works, one further thread watches the nodes and draws. Failures:
 * every process and file is taken away, whatever ends the demonstration.
 */
@NullMarked
package dev.tmem.cli.demo;

import org.jspecify.annotations.NullMarked;
