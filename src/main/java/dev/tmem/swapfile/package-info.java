/**
 * The disk: a backend that keeps zpages in a preallocated file, as a log of segments.
 *
 * <p>What it is: {@link dev.tmem.swapfile.SwapfileBackend}, the activation of its file, the log,
 * the cleaner, the readers, and the recovery of durable areas ({@code Recovery}). What it is not: a
 * place where pages of other areas outlive their process; a file that holds no durable area is
 * emptied when it is activated.
 *
 * <p>Threads: one writer (named {@code tmem-swapfile-write}) owns the log and runs the cleaner
 * between two writes; a fixed number of readers ({@code tmem-swapfile-read-n}) read by position;
 * one more ({@code tmem-swapfile-recover}) reads ahead for recovery. Callers only queue, and read a
 * single copy themselves if the system has it at hand, without waiting. Locks, none taken while
 * another of them is held: the queue's, the segment table's, the fault gate's, and the registry of
 * files in use at activation; no call into the host is made under any of them.
 *
 * <p>Failures: a file that cannot be trusted is refused at activation, with the reason. Later, a
 * failed write refuses the pages of that write, a failed read is {@link
 * dev.tmem.backend.Fetched.Unavailable}, a record that fails its checksums is {@link
 * dev.tmem.backend.Fetched.Corrupt}; repeated failed writes freeze the backend for a while.
 *
 * <p>Sources: ramzswap's backing swap and zram's writeback for what it is for, the swap-over-file
 * patches for activation, log-structured file systems for segments and cleaning. Formats: {@code
 * docs/formats/swapfile.md}.
 */
@NullMarked
package dev.tmem.swapfile;

import org.jspecify.annotations.NullMarked;
