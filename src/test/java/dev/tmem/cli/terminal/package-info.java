/** Tests of {@link dev.tmem.cli.terminal}. */
@NullMarked
package dev.tmem.cli.terminal;

import org.jspecify.annotations.NullMarked;
