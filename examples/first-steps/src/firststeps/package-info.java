/** The shortest program: a node in this process, an area, a page. */
@NullMarked
package firststeps;

import org.jspecify.annotations.NullMarked;
