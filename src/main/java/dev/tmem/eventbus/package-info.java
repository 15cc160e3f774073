/**
 * The event-bus face of a node: swap areas and admin commands at documented addresses, and the
 * client that speaks to them.
 *
 * <p>What it is: {@link dev.tmem.eventbus.NodeService} and {@link dev.tmem.eventbus.AdminService}
 * on the node's side, {@link dev.tmem.eventbus.RemoteTmem} on the other; what crosses between them
 * is described in {@code docs/event-bus.md} and needs nothing of this jar. What it is not: the
 * traffic between nodes, which has addresses and a format of its own.
 *
 * <p>Threads: the services run on the context of the verticle that registered them, and block it
 * never; the client is called from any thread. Failures: a {@code ReplyException} whose failure
 * code is {@link dev.tmem.ErrorCode#number} and whose message is the error as JSON.
 */
@NullMarked
package dev.tmem.eventbus;

import org.jspecify.annotations.NullMarked;
