/** A backend that keeps zpages as files in a plain directory. */
@NullMarked
package directory;

import org.jspecify.annotations.NullMarked;
