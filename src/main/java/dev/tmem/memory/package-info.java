/**
 * Memory outside the Java heap: where it comes from, how it goes back, and the account that bounds
 * it all.
 *
 * <p>What it is: {@link dev.tmem.memory.RegionPool} cuts large mappings into spans of 64 KiB,
 * {@link dev.tmem.memory.BlockPool} cuts spans into the blocks of tables, {@link
 * dev.tmem.memory.SlotTable} is the table that page tables are made of, {@link
 * dev.tmem.memory.SortedTable} the denser one for what is asked for less often, and every span is
 * charged to a {@link dev.tmem.memory.MemoryAccount} for as long as it may be resident. What it is
 * not: an allocator for zpages; that lives where zpages are kept.
 *
 * <p>Threads: account and pools are thread-safe, a table belongs to its owner's lock. Lock order:
 * owner of a table, then a class of blocks, then the regions; none calls out while it holds its
 * own.
 *
 * <p>Failures: no memory left in the account is a refusal, given as a return value. The operating
 * system refusing what it never should is a {@link dev.tmem.TmemException}. Memory that was given
 * back too early can be read as wrong bytes by a faulty caller, never as a crash of the process:
 * mappings live until nothing refers to them.
 *
 * <p>Sources: extendible hashing (Fagin, Nievergelt, Pippenger, Strong, 1979); the skewed directory
 * that keeps the load factor level while a table grows (spiral storage, Martin, 1979); deletion by
 * shifting back (Knuth, volume 3, 6.4, algorithm R); full neighbours that become three (B* trees,
 * Knuth, volume 3, 6.2.4).
 */
@NullMarked
package dev.tmem.memory;

import org.jspecify.annotations.NullMarked;
