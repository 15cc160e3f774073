/** Tests of the event-bus face, over a local event bus and a real dispatcher and zram. */
@NullMarked
package dev.tmem.eventbus;

import org.jspecify.annotations.NullMarked;
