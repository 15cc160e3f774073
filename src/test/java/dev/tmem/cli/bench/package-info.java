/** Tests of the benchmarks: the corpus, the arithmetic, and a small run. */
@NullMarked
package dev.tmem.cli.bench;

import org.jspecify.annotations.NullMarked;
