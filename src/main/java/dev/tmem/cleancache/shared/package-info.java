/**
 * Clean caches that the nodes of a cluster share, by UUID.
 *
 * <p>What it is: the runtime of {@link dev.tmem.cleancache.shared.protocol}: its messages on a
 * transport between nodes, its pages in the node's pool, its time from the node's scheduler. What
 * it is not: a replicated store; each page lies at one node, and goes with it.
 *
 * <p>Threads: none of its own; callers, the transport and the timer enter the protocol, which is
 * thread-safe.
 *
 * <p>Failures: what cannot be served is a miss; puts and invalidates fail with {@link
 * dev.tmem.ErrorCode#NO_LEASE} or {@link dev.tmem.OutcomeUnknownException}.
 */
@NullMarked
package dev.tmem.cleancache.shared;

import org.jspecify.annotations.NullMarked;
