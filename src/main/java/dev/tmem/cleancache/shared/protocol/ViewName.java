package dev.tmem.cleancache.shared.protocol;

import java.util.UUID;

/**
 * What tells a view from every other. Immutable.
 *
 * @param lineage drawn by the node that founded the first view; views of two lineages have nothing
 *     to do with each other
 * @param number of the view in its lineage, from 1
 */
public record ViewName(UUID lineage, long number) {

  boolean isBefore(ViewName other) {
    return lineage.equals(other.lineage) && number < other.number;
  }
}
