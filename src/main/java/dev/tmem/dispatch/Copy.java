package dev.tmem.dispatch;

/**
 * One copy of a page. Immutable.
 *
 * @param ordinal of the backend that keeps it
 * @param handle by which that backend finds it
 */
record Copy(int ordinal, long handle) {}
