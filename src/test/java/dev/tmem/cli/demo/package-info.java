/** Tests of {@link dev.tmem.cli.demo}. */
@NullMarked
package dev.tmem.cli.demo;

import org.jspecify.annotations.NullMarked;
