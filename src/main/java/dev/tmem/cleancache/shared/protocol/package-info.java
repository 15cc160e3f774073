/**
 * How nodes share clean caches, as plain state machines.
 *
 * <p>What it is: numbered views of who is the home of which objects and how the next is agreed upon
 * ({@link dev.tmem.cleancache.shared.protocol.ViewKeeper}), the side that keeps pages and serves
 * them under a lease ({@code Home}), the side that asks ({@code Caller}), and {@link
 * dev.tmem.cleancache.shared.protocol.SharedNode}, which is the three of them in one node. What it
 * is not: a transport, a thread, a clock; time comes with each call in nanoseconds. So a test runs
 * a whole cluster in one thread. {@code docs/shared-caches.md} has the rule and why it holds.
 *
 * <p>Threads: the keeper of views is confined to one lock; requests and answers go past it, through
 * classes that are thread-safe by themselves, and are ordered with changes of the view by the gate
 * of {@code Home}.
 *
 * <p>Failures: none are thrown. What cannot be served is an {@link
 * dev.tmem.cleancache.shared.protocol.Message.Outcome}; a get of it is a miss.
 *
 * <p>Sources: Lamport's Paxos, one instance for each view; leases as of Gray and Cheriton; views as
 * of viewstamped replication; at most once by numbers and floors as in RIFL.
 */
@NullMarked
package dev.tmem.cleancache.shared.protocol;

import org.jspecify.annotations.NullMarked;
