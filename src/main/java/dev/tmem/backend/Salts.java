package dev.tmem.backend;

import java.security.SecureRandom;

/** Numbers that nobody can guess. Thread-safe: its source is. */
final class Salts {

  private static final SecureRandom SOURCE = new SecureRandom();

  private Salts() {}

  static long next() {
    return SOURCE.nextLong();
  }
}
