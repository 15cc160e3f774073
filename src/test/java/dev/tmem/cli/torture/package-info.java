/** Tests of the torture's own judgement. */
@NullMarked
package dev.tmem.cli.torture;

import org.jspecify.annotations.NullMarked;
