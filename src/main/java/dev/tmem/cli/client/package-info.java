/**
 * What client commands do with a node: find it, talk to it, carry files in and out.
 *
 * <p>What it is: blocking code for the threads of a command, over the public face alone. What it is
 * not: it prints nothing.
 *
 * <p>Threads: none of this is for event loops. Failures: {@link dev.tmem.TmemException} for what a
 * node refuses or cannot do, {@link java.io.IOException} for files.
 */
@NullMarked
package dev.tmem.cli.client;

import org.jspecify.annotations.NullMarked;
