/** Tests of the package. */
@NullMarked
package dev.tmem.cleancache.shared;

import org.jspecify.annotations.NullMarked;
