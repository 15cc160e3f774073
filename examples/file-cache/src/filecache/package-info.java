/** Files that are read through a clean cache. */
@NullMarked
package filecache;

import org.jspecify.annotations.NullMarked;
