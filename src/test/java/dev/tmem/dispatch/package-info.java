/**
 * Tests of the dispatcher, and the kit they share: a clock that is turned by hand, a backend twin.
 */
@NullMarked
package dev.tmem.dispatch;

import org.jspecify.annotations.NullMarked;
