/** Planted: breaks a rule of the floors, so that {@code FloorsTest} can show it is found. */
@NullMarked
package dev.tmem.house.planted.attic;

import org.jspecify.annotations.NullMarked;
