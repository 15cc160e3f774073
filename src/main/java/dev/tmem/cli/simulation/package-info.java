/**
 * Whole clusters in one thread, in time of their own, all from one seed.
 *
 * <p>What it is: {@link dev.tmem.cli.simulation.Simulation} runs schedules. A {@link
 * dev.tmem.cli.simulation.Schedule} is a cluster of some nodes, clients that use it, faults that
 * befall it, and an oracle that knows for each page what it may hold. What is real in a node: its
 * dispatcher and page tables, its areas, its pool, its borrower and lender. What is simulated: the
 * links between nodes ({@link dev.tmem.cli.simulation.Network}), disks ({@link
 * dev.tmem.cli.simulation.SimDisk}), threads and clocks ({@link
 * dev.tmem.cli.simulation.NodeClock}).
 *
 * <p>Threads: one. Nothing here looks at the machine's clock, and nothing depends on an order that
 * a process draws for itself, so a seed tells a whole run.
 *
 * <p>Failures: what breaks a contract is a {@link dev.tmem.cli.simulation.Violation}, which names
 * the seed.
 *
 * <p>Sources: the simulators of FoundationDB and TigerBeetle for the way; Groce and others, Swarm
 * Testing (2012), for drawing the kinds of faults anew for each schedule.
 */
@NullMarked
package dev.tmem.cli.simulation;

import org.jspecify.annotations.NullMarked;
