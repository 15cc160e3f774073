package dev.tmem.ramster.protocol;

import java.util.UUID;

/**
 * One peer, for the administrator. Immutable.
 *
 * @param address where frames for it go
 * @param state {@code alive}, {@code leaving}, {@code doubtful}, {@code dead}, or why it is refused
 * @param spareBytes what it offers to lend
 * @param lentPages our copies kept by it
 * @param foreignPages its copies kept by us
 * @param foreignEphemeralPages those of them that may be dropped
 * @param foreignBytes their bytes, heads included
 * @param handedBackPages copies that it took elsewhere when it was asked to
 * @param rack what it would be lost together with; empty: not known
 */
public record PeerView(
    String name,
    UUID incarnation,
    String address,
    String state,
    long spareBytes,
    long lentPages,
    long foreignPages,
    long foreignEphemeralPages,
    long foreignBytes,
    long handedBackPages,
    String rack) {}
