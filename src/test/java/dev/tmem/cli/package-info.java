/** Tests of the command line and of the launcher. */
@NullMarked
package dev.tmem.cli;

import org.jspecify.annotations.NullMarked;
