/**
 * The torture: {@code tmem torture}.
 *
 * <p>What it is: {@link dev.tmem.cli.torture.Torture} starts real nodes, each a process of its own
 * with clients inside ({@link dev.tmem.cli.torture.MemberMain}), lets one fault after another
 * happen to them by a seeded {@link dev.tmem.cli.torture.Plan}, and in the end holds every page
 * against what the clients know of it ({@link dev.tmem.cli.torture.AreaOracle}), and the nodes
 * against each other ({@link dev.tmem.cli.torture.ClusterCheck}). What it is not: a benchmark, nor
 * a replacement for the simulator, which goes through far more schedules and replays them.
 *
 * <p>What is tortured is swap areas, whose pages one client each changes, or a clean cache that all
 * nodes share ({@link dev.tmem.cli.torture.TortureWorkload}). Of that one what may be read is known
 * to all processes, in a file that they map ({@link dev.tmem.cli.torture.Ledger}).
 *
 * <p>The clients live in the process of their node, so they go on working on both sides of a
 * partition, and end with the node when it is killed, as the pages of its areas do.
 *
 * <p>Threads: the main thread leads; a member has a thread for each client. Failures: whatever ends
 * the torture ends every process by its own handle and deletes the folder.
 */
@NullMarked
package dev.tmem.cli.torture;

import org.jspecify.annotations.NullMarked;
