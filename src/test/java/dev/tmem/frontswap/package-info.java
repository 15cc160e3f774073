/** Tests of swap areas over the real dispatcher and zram. */
@NullMarked
package dev.tmem.frontswap;

import org.jspecify.annotations.NullMarked;
