package dev.tmem.dispatch;

/**
 * A page in RAM that may go down, as it was when it was found. Immutable.
 *
 * @param epoch of the version found
 * @param bytes that go with it
 */
record Cold(Stripe stripe, long offset, long epoch, int bytes) {}
