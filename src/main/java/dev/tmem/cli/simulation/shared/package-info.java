/**
 * Whole clusters that share a clean cache, in one thread, in time of their own, all from one seed.
 *
 * <p>What it is: {@link dev.tmem.cli.simulation.shared.SharedSimulation} runs schedules. Real are
 * the state machines of {@code dev.tmem.cleancache.shared.protocol}; simulated are links, clocks
 * and pools. What is read is judged by {@link dev.tmem.cli.simulation.shared.History}.
 *
 * <p>Threads: one. Nothing here looks at the machine's clock. Failures: a stale page names the
 * seed. Sources: {@code docs/shared-caches.md}.
 */
@NullMarked
package dev.tmem.cli.simulation.shared;

import org.jspecify.annotations.NullMarked;
