/**
 * Tests of the source tree itself: who may import whom, and how a source file looks.
 *
 * <p>What it is: the rules that no compiler checks, each with a planted violation that shows it is
 * found. What it is not: a test of behaviour.
 */
@NullMarked
package dev.tmem.house;

import org.jspecify.annotations.NullMarked;
