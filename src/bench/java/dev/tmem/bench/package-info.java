/**
 * Systems of others that {@code tmem bench} measures the pool against, used as their documentation
 * shows, with LZ4 by hand where they do not compress.
 *
 * <p>What it is: one class for each, found as a service of {@link dev.tmem.cli.bench.Contestant}.
 * What it is not: part of the product, which neither has nor sees any of them.
 *
 * <p>Threads: one. Failures: whatever the system throws ends the measurement.
 */
@NullMarked
package dev.tmem.bench;

import org.jspecify.annotations.NullMarked;
