/** Three nodes in front of a slow HTTP service, and one cache. */
@NullMarked
package pagecache;

import org.jspecify.annotations.NullMarked;
