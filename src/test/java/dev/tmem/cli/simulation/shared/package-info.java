/** Tests of the simulator of shared caches, and with it. */
@NullMarked
package dev.tmem.cli.simulation.shared;

import org.jspecify.annotations.NullMarked;
