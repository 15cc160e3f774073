/**
 * How nodes lend each other RAM, as plain state machines.
 *
 * <p>What it is: the messages and their bytes, who is a peer and whether it can be heard ({@link
 * dev.tmem.ramster.protocol.Peers}), the owner's side of a lent page ({@link
 * dev.tmem.ramster.protocol.Borrower}), the keeper's side ({@link
 * dev.tmem.ramster.protocol.Lender}), and {@link dev.tmem.ramster.protocol.PeerNode}, which is the
 * three of them in one node. What it is not: a transport, a thread, a clock; time comes with each
 * call in nanoseconds, messages come in as values and go out to an {@link
 * dev.tmem.ramster.protocol.Outbox}. So a test runs a whole cluster in one thread.
 *
 * <p>Threads: everything that has state is confined to the lock of whoever runs its {@code
 * PeerNode}. Effects that must not happen under that lock go to the outbox.
 *
 * <p>What keeps late, repeated and reordered messages harmless:
 *
 * <ol>
 *   <li>The borrower draws the ticket of a page before it sends it, from a counter that only grows;
 *       borrower incarnation and ticket name a foreign page for ever.
 *   <li>Every request names both incarnations; every entry names ticket, page and epoch, and is
 *       checked against what is kept.
 *   <li>Every request carries the borrower's floor at that lender: the tickets below it are
 *       settled. A put of a ticket below the highest floor seen is late, and refused.
 *   <li>A free is sent only when the floor has passed its ticket, and carries that floor. If the
 *       lender has the page, the free finds it; if a put of it, first or repeated, is still on its
 *       way, it is late. A put whose answer does not come is given up: its tickets are freed.
 *   <li>What slips through all the same (a repeated put answered differently, a free that found no
 *       place in its queue) is found by the lender's sweep, which asks the owner which tickets are
 *       alive.
 * </ol>
 *
 * <p>Failures: a message that does not decode is a {@link dev.tmem.ramster.protocol.WireException};
 * it is counted and dropped. A refusal is a {@link dev.tmem.ramster.protocol.Verdict}.
 *
 * <p>Sources: RAMster (drivers/staging/ramster of Linux 3.4 to 3.11) for borrower, lender and
 * counters; Mitzenmacher's power of two choices for placement; Lamport's epochs and incarnations as
 * every such system has them.
 */
@NullMarked
package dev.tmem.ramster.protocol;

import org.jspecify.annotations.NullMarked;
