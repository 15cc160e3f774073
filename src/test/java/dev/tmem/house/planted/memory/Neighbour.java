package dev.tmem.house.planted.memory;

import dev.tmem.house.planted.codec.Sideways;

/** Uses the class that uses it, in another package. */
public final class Neighbour {
  /** Not a constant expression: the compiler would copy it, and the use would not be seen. */
  public static final String NAME = Neighbour.class.getName();

  private Neighbour() {}

  public static String back() {
    return Sideways.name();
  }
}
