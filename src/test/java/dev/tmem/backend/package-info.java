/** What every backend has to keep to, as tests that each one runs. */
@NullMarked
package dev.tmem.backend;

import org.jspecify.annotations.NullMarked;
