/** Tests of {@link dev.tmem.cli.client}. */
@NullMarked
package dev.tmem.cli.client;

import org.jspecify.annotations.NullMarked;
