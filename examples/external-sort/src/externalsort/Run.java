package externalsort;

/**
 * Where a sorted run lies in the area: the pages from {@code begin} on, up to but without {@code
 * end}. Immutable.
 */
record Run(long begin, long end) {}
