/** Tests of the admin commands over the real dispatcher and zram. */
@NullMarked
package dev.tmem.admin;

import org.jspecify.annotations.NullMarked;
