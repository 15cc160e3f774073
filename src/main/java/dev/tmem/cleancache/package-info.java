/**
 * Clean caches by name: handles, and the checks on what a caller gives. Private ones only.
 *
 * <p>What it is: the room between callers and the dispatcher's ephemeral pages ({@link
 * dev.tmem.dispatch.CachePages}). What it is not: the place where pages are kept or dropped.
 *
 * <p>Threads: any; nothing blocks. Failures: {@link dev.tmem.TmemException}, as failed futures.
 *
 * <p>Sources: the kernel's cleancache and its {@code struct cleancache_ops}, for the operations and
 * the counters; tmem's ephemeral pools.
 */
@NullMarked
package dev.tmem.cleancache;

import org.jspecify.annotations.NullMarked;
