package dev.tmem.dispatch;

/**
 * A page that was brought back.
 *
 * @param bytes the page is in front; the array belongs to the receiver
 * @param length bytes of the page
 * @param epoch the version that was read
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record Loaded(byte[] bytes, int length, long epoch) {}
