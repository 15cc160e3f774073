/**
 * The public face: {@link dev.tmem.Tmem} and {@link dev.tmem.SwapArea}, their options and errors.
 *
 * <p>What it is: the interfaces a program uses, the same for a node in this process and for a
 * client of a node elsewhere. What it is not: an implementation; that is found at run time through
 * {@link dev.tmem.TmemProvider}, the one link that points up the house.
 *
 * <p>Threads: every method may be called from any thread and never blocks it. A returned future
 * completes on the caller's Vert.x context if it has one. Failures: every failed future carries a
 * {@link dev.tmem.TmemException} with a stable {@link dev.tmem.ErrorCode}.
 *
 * <p>Sources: the operations and their names are frontswap's, as the Linux kernel had it from 3.5
 * to 6.6.
 */
@NullMarked
package dev.tmem;

import org.jspecify.annotations.NullMarked;
