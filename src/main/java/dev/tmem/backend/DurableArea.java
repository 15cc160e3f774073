package dev.tmem.backend;

/**
 * An area whose pages outlive the process, as a {@link DurableBackend} keeps it. Immutable.
 *
 * @param number of the page space, the same after a restart; never used twice
 * @param name unique among the areas of a node
 * @param pageSize bytes of a full page
 * @param fsyncMillis how old at most what power loss takes away may be; 0: it takes nothing away
 *     that was acknowledged
 * @param options as JSON; of no meaning to the backend
 */
public record DurableArea(
    int number, String name, int pageSize, long fsyncMillis, String options) {}
