package dev.tmem;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The rules that all option classes share: how values are read, and how wrong ones are refused. */
public final class Options {

  private static final Pattern SIZE = Pattern.compile("(\\d{1,15})\\s*([kmgt]?)i?b?");
  private static final Pattern PERCENT = Pattern.compile("(\\d{1,3})\\s*%");
  private static final Pattern NAME = Pattern.compile("(?!\\.{1,2}$)[A-Za-z0-9._-]{1,128}");
  private static final String UNITS = "kmgt";

  private Options() {}

  /**
   * @throws TmemException with {@link ErrorCode#INVALID_OPTION}, naming key, value and what is
   *     allowed
   */
  public static TmemException refuse(String key, @Nullable Object value, String allowed) {
    return new TmemException(
        ErrorCode.INVALID_OPTION, key + ": " + value + " is not allowed; " + allowed + " is");
  }

  /** Refuses the first key of {@code json} that is not among the known ones. */
  public static void checkKeys(String what, JsonObject json, Set<String> known) {
    for (String key : json.fieldNames()) {
      if (!known.contains(key)) {
        throw new TmemException(
            ErrorCode.INVALID_OPTION,
            what + " has no key " + key + "; it has " + String.join(", ", new TreeSet<>(known)));
      }
    }
  }

  /**
   * A number of bytes, given as a number or as text with a unit: {@code 64m}, {@code 4 GiB}. Units
   * are powers of 1024.
   */
  public static long bytes(String key, @Nullable Object value) {
    if (value instanceof Integer || value instanceof Long) {
      return ((Number) value).longValue();
    }
    Matcher matcher = SIZE.matcher(String.valueOf(value).trim().toLowerCase(Locale.ROOT));
    if (!matcher.matches()) {
      throw refuse(key, value, "a number of bytes such as 67108864, 64m or 4g");
    }
    String unit = matcher.group(2);
    int shift = unit.isEmpty() ? 0 : 10 * (UNITS.indexOf(unit) + 1);
    long number = Long.parseLong(matcher.group(1));
    if (number > Long.MAX_VALUE >> shift) {
      throw refuse(key, value, "at most 2^63 - 1 bytes");
    }
    return number << shift;
  }

  /**
   * A share given as text: {@code 50%}.
   *
   * @return 1 to 100; 0: it is no share but something else
   */
  public static int percent(String key, @Nullable Object value) {
    if (!(value instanceof String text) || !text.trim().endsWith("%")) {
      return 0;
    }
    Matcher matcher = PERCENT.matcher(text.trim());
    int percent = matcher.matches() ? Integer.parseInt(matcher.group(1)) : 0;
    if (percent < 1 || percent > 100) {
      throw refuse(key, value, "1% to 100%");
    }
    return percent;
  }

  /**
   * Reads what has keys of its own.
   *
   * @throws TmemException with {@link ErrorCode#INVALID_OPTION}
   */
  static JsonObject object(String key, @Nullable Object value) {
    if (value instanceof JsonObject object) {
      return object;
    }
    throw refuse(key, value, "an object");
  }

  /** A whole number. */
  public static long wholeNumber(String key, @Nullable Object value) {
    if (value instanceof Integer || value instanceof Long) {
      return ((Number) value).longValue();
    }
    throw refuse(key, value, "a whole number");
  }

  /** Bytes for people: {@code 64.0 MiB}. */
  public static String humanBytes(long bytes) {
    if (bytes < 1024) {
      return bytes + " B";
    }
    int unit = (63 - Long.numberOfLeadingZeros(bytes)) / 10;
    double scaled = bytes / (double) (1L << (10 * unit));
    return String.format(Locale.ROOT, "%.1f %ciB", scaled, "KMGTPE".charAt(unit - 1));
  }

  /** A name of a node, an area or a backend; it may name a folder, so "." and ".." are none. */
  public static String name(String key, String value) {
    if (!NAME.matcher(value).matches()) {
      throw refuse(key, value, "1 to 128 letters, digits, '.', '_' and '-' (not . or ..)");
    }
    return value;
  }

  /** Names, each once, as a list or as text with commas between them; none if there is no value. */
  public static List<String> names(String key, @Nullable Object value) {
    List<String> names = new ArrayList<>();
    switch (value) {
      case null -> {
        return List.of();
      }
      case JsonArray array -> array.forEach(entry -> names.add(name(key, String.valueOf(entry))));
      case String text -> {
        for (String part : text.split(",", -1)) {
          names.add(name(key, part.trim()));
        }
      }
      default -> throw refuse(key, value, "a list of names");
    }
    return distinct(key, names);
  }

  /** The same names, unless one stands there twice or there are none. */
  static List<String> distinct(String key, List<String> names) {
    if (names.isEmpty() || Set.copyOf(names).size() < names.size()) {
      throw refuse(key, names, "a list of one name or more, each once,");
    }
    return List.copyOf(names);
  }

  /** A number within bounds, both included. */
  public static long inRange(String key, long value, long least, long most) {
    if (value < least || value > most) {
      throw refuse(key, value, least + " to " + most);
    }
    return value;
  }

  /** One of the constants of an enumeration, in lower case. */
  public static <E extends Enum<E>> E choice(String key, Class<E> type, @Nullable Object value) {
    for (E constant : type.getEnumConstants()) {
      if (constant.name().equalsIgnoreCase(String.valueOf(value))) {
        return constant;
      }
    }
    StringBuilder allowed = new StringBuilder();
    for (E constant : type.getEnumConstants()) {
      allowed.append(allowed.isEmpty() ? "" : ", ").append(word(constant));
    }
    throw refuse(key, value, "one of " + allowed);
  }

  /** A constant as it is written in JSON. */
  public static String word(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }
}
