/** An HTTP service that keeps more sessions than its memory holds. */
@NullMarked
package sessions;

import org.jspecify.annotations.NullMarked;
