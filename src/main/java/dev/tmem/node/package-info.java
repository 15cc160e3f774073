/**
 * One node: its configuration, its cluster, its verticles, its start and its stop.
 *
 * <p>What it is: the only place that knows all the other rooms and wires them together. {@link
 * dev.tmem.node.NodeOptions} says how a node is made, {@link dev.tmem.node.ClusterLauncher} starts
 * a clustered Vert.x, {@link dev.tmem.node.TmemVerticle} is the node itself, {@link
 * dev.tmem.node.NodeProvider} is what {@link dev.tmem.Tmem#start} finds. What it is not: any policy
 * about pages.
 *
 * <p>Threads: verticles run on their own contexts; starting and stopping, which touch disks and
 * sockets, run on worker threads; what the parts below need of clock and threads they get from
 * {@link dev.tmem.node.NodeScheduler}. Hazelcast calls back on its own threads; nothing is done
 * there but handing over.
 *
 * <p>Failures: whatever is wrong with a configuration is refused with {@link
 * dev.tmem.ErrorCode#INVALID_OPTION} before anything is started; a start that fails leaves nothing
 * behind.
 *
 * <p>Membership comes from Hazelcast and is a hint: page safety never depends on it, on its maps or
 * on its locks.
 */
@NullMarked
package dev.tmem.node;

import org.jspecify.annotations.NullMarked;
