/**
 * Local RAM: the backend that keeps zpages outside the heap of this process.
 *
 * <p>What it is: an allocator of size classes over spans of 64 KiB, four of them in a row for long
 * zpages. {@link dev.tmem.zram.ZramBackend} is its face to the dispatcher; {@code SizeClasses} is
 * the table of sizes; a {@code SizeClass} owns its spans, its lock and its lists; {@code
 * SpanDirectory} keeps the few words known of each span; {@code HandleLayout} and {@code
 * SpanLayout} are the layouts. What it is not: it knows no pages, no codecs and no policy, only
 * bytes and handles; which page to demote, and when to compact, is decided above.
 *
 * <p>Threads: a store or a free takes one lock, that of its size class, for a few dozen
 * instructions; bytes are copied outside of it. Reading takes no lock and touches no record of the
 * allocator. Lock order: size class, then directory, then the region pool's. Never two size classes
 * at once.
 *
 * <p>Failures: no room is a return value. A handle that was freed before, or never given out, is
 * always found out when it is freed, and changes nothing; only if its very place has been given to
 * an object again can it not be told from the new one.
 *
 * <p>Why spans and classes: no object has a header, every place has the same length as its
 * neighbours, so freeing one is always enough to store another, and finding a place takes the same
 * few steps however full the pool is. zsmalloc does this with chains of pages and 16-byte steps; a
 * span of 64 KiB plays the chain's part, cut so that nothing is left over. Fragmentation is what
 * remains, and compaction drains the sparse spans, as zsmalloc's does.
 *
 * <p>Sources: zsmalloc, zram, xvmalloc; slab allocators at large.
 */
@NullMarked
package dev.tmem.zram;

import org.jspecify.annotations.NullMarked;
