package dev.tmem.eventbus;

import java.util.Locale;
import java.util.UUID;

/** How a shared cache is called where a private one has a name: {@code shared:UUID}. */
final class SharedNames {

  private static final String PREFIX = "shared:";

  private SharedNames() {}

  static String of(UUID uuid) {
    return PREFIX + uuid;
  }

  static boolean isShared(String name) {
    return name.startsWith(PREFIX);
  }

  static UUID uuid(String name) {
    String text = name.substring(PREFIX.length());
    try {
      UUID uuid = UUID.fromString(text);
      if (uuid.toString().equals(text.toLowerCase(Locale.ROOT))) {
        return uuid;
      }
    } catch (IllegalArgumentException none) {
      throw Request.malformed("the cache " + name + " is not allowed; shared:UUID is");
    }
    throw Request.malformed("the cache " + name + " is not allowed; shared:UUID is");
  }
}
