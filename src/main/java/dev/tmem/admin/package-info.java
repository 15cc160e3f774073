/**
 * Admin commands and the model of statistics, with no transport: JSON in, JSON out.
 *
 * <p>What it is: what an operator may ask of a node and tell it, in one table. What it is not: the
 * event bus, the command line or the metrics registry; they call this.
 *
 * <p>Threads: any. Failures: {@link dev.tmem.TmemException} naming what would be right.
 *
 * <p>Sources: ramzswap's rzscontrol and zram's sysfs files, for what can be set and seen.
 */
@NullMarked
package dev.tmem.admin;

import org.jspecify.annotations.NullMarked;
