/**
 * Swap areas: the persistent page spaces, as a program in the node's own process uses them.
 *
 * <p>What it is: names, options, handles and the checks on what a caller gives. What it is not: it
 * knows nothing of where pages are; that is the dispatcher's.
 *
 * <p>Threads: from any thread; a call that needs local RAM alone is done when it returns. What has
 * to wait completes on the caller's Vert.x context if it has one.
 *
 * <p>Failures: {@link dev.tmem.TmemException}; a refused argument changes nothing and is counted as
 * {@code invalid_io}.
 *
 * <p>Sources: frontswap's init, store, load, invalidate_page and invalidate_area.
 */
@NullMarked
package dev.tmem.frontswap;

import org.jspecify.annotations.NullMarked;
