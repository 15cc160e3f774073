package dev.tmem.house.planted.attic;

/** A package that the table of floors does not know. */
public final class Forgotten {
  private Forgotten() {}
}
