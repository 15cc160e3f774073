/** Tests of the package. */
@NullMarked
package dev.tmem.cleancache;

import org.jspecify.annotations.NullMarked;
