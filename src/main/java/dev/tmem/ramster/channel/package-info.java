/**
 * Page channels: one socket between two nodes, agreed upon over the event bus.
 *
 * <p>What it is: {@link dev.tmem.ramster.channel.ChannelTransport}, a {@link
 * dev.tmem.ramster.Transport} that sends over a channel where there is one and over the event bus
 * until there is. What it is not: reliable; as with the event bus, what was sent may be lost, and
 * the protocol above repeats it.
 *
 * <p>Threads: channels are made, read and closed on one event loop; frames are sent from any
 * thread.
 *
 * <p>Failures: a socket that cannot be had is tried again, less and less often, while the event bus
 * carries the frames; one that closes is told at once, so that what waits for an answer over it
 * waits no longer.
 */
@NullMarked
package dev.tmem.ramster.channel;

import org.jspecify.annotations.NullMarked;
