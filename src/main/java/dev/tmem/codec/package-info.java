/**
 * From a page to the bytes that are kept of it, and back.
 *
 * <p>What it is: {@link dev.tmem.codec.PageCodec} decides whether a page is same-filled, worth
 * compressing, or kept as it is, and restores it; {@link dev.tmem.codec.CodecScratch} is the
 * private memory in which a page is looked at, so that a caller who changes its buffer meanwhile
 * can harm nobody but itself. What it is not: checksums of zpages that travel belong to {@link
 * dev.tmem.backend.Zpage}; where bytes are kept is a backend's business.
 *
 * <p>Threads: a codec is shared by all; a scratch belongs to one caller between {@link
 * dev.tmem.codec.PageCodec#acquire} and {@link dev.tmem.codec.CodecScratch#close}. Neither
 * compressing nor decompressing allocates once the scratches have grown to the page size in use.
 *
 * <p>Failures: damaged bytes are a return value; wrong ranges and read-only targets are the
 * caller's faults and throw.
 *
 * <p>{@code Lz4Stream} is the way to compress where the library allows it; {@code Lz4} all others.
 *
 * <p>Sources: zram for same-filled and huge pages, zswap's use in production for the 73 % rule, the
 * LZ4 block format.
 */
@NullMarked
package dev.tmem.codec;

import org.jspecify.annotations.NullMarked;
