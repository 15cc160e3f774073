/** A sort of a text file that is larger than the heap of the process. */
@NullMarked
package externalsort;

import org.jspecify.annotations.NullMarked;
