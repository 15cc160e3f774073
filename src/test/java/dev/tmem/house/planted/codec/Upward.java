package dev.tmem.house.planted.codec;

import dev.tmem.house.planted.node.Wiring;

/** Floor 1 uses floor 5. */
public final class Upward {
  private Upward() {}

  public static String name() {
    return Wiring.class.getName();
  }
}
