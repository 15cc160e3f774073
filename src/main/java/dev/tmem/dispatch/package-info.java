/**
 * The dispatcher: page tables, the chain of backends, dup stores, moves between tiers, reclaim.
 *
 * <p>What it is: the one place that knows where every page is. It knows backends only by their
 * contract. What it is not: it has no thread and no clock of its own (a {@link
 * dev.tmem.backend.Scheduler} is given), no transport, and no names of areas beyond what it prints.
 *
 * <p>Threads: an operation runs on its caller's thread under the lock of one {@link
 * dev.tmem.dispatch.Stripe}; what has to wait for a slow backend goes on where that backend's
 * future completes. No lock is held while a slow backend is called or a future is completed.
 *
 * <p>Failures: {@link dev.tmem.TmemException} in failed futures; refusals are return values.
 *
 * <p>Sources: frontswap (dup stores, the order of backends), zram's writeback (mark, unlock, copy,
 * check the mark), RAMster (one fetch serves all, what to check when a reply arrives).
 */
@NullMarked
package dev.tmem.dispatch;

import org.jspecify.annotations.NullMarked;
