/**
 * Peers' RAM as a backend: this node's pages kept by others, and theirs kept here.
 *
 * <p>What it is: {@link dev.tmem.ramster.RamsterBackend}, which runs the state machines of {@link
 * dev.tmem.ramster.protocol} over a {@link dev.tmem.ramster.Transport}. What it is not: protection;
 * that a lent page also lies elsewhere is the dispatcher's business.
 *
 * <p>Threads: none of its own. Callers, the transport's threads and the timer enter through the one
 * lock of {@link dev.tmem.ramster.Engine}; frames are encoded and decoded, checksums computed,
 * futures completed and the dispatcher called outside of it, the outgoing part in the order in
 * which the lock was passed.
 *
 * <p>Failures: a peer that cannot be heard makes its copies unavailable at once, one that has ended
 * makes them gone; a put that is not acknowledged in time is refused, and its tickets freed.
 */
@NullMarked
package dev.tmem.ramster;

import org.jspecify.annotations.NullMarked;
