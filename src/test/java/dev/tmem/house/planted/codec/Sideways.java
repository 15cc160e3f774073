package dev.tmem.house.planted.codec;

import dev.tmem.house.planted.memory.Neighbour;

/** Floor 1 uses another room of floor 1. */
public final class Sideways {
  private Sideways() {}

  public static String name() {
    return Neighbour.NAME;
  }
}
