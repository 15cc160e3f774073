/** Tests of the simulator, and with it. */
@NullMarked
package dev.tmem.cli.simulation;

import org.jspecify.annotations.NullMarked;
