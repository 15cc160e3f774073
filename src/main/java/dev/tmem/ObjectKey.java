package dev.tmem;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Locale;
import java.util.UUID;
import java.util.regex.Pattern;

/**
 * Names an object of a clean cache: 128 bits, which mean nothing to the cache. Immutable.
 *
 * @param high the upper 64 bits
 * @param low the lower 64 bits
 */
public record ObjectKey(long high, long low) {

  private static final Pattern HEX = Pattern.compile("[0-9a-fA-F]{32}");
  private static final int RADIX = 16;

  /** The bits of a UUID. */
  public static ObjectKey of(UUID uuid) {
    return new ObjectKey(uuid.getMostSignificantBits(), uuid.getLeastSignificantBits());
  }

  /** A number: the upper 64 bits are zero. */
  public static ObjectKey of(long number) {
    return new ObjectKey(0, number);
  }

  /**
   * A text of any length: the first 128 bits of the SHA-256 of its UTF-8 bytes, so that nobody
   * finds two texts of one key.
   */
  public static ObjectKey of(String text) {
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      ByteBuffer bits = ByteBuffer.wrap(hash);
      return new ObjectKey(bits.getLong(), bits.getLong());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  /**
   * The key that {@link #toString} came from; the dashes of a UUID may be there as well.
   *
   * @throws TmemException with {@link ErrorCode#MALFORMED_MESSAGE}
   */
  public static ObjectKey parse(String text) {
    String digits = text.replace("-", "");
    if (!HEX.matcher(digits).matches()) {
      throw new TmemException(
          ErrorCode.MALFORMED_MESSAGE,
          "the object key " + text + " is not allowed; 32 hexadecimal digits are");
    }
    return new ObjectKey(
        Long.parseUnsignedLong(digits, 0, 16, RADIX),
        Long.parseUnsignedLong(digits, 16, 32, RADIX));
  }

  /** 32 hexadecimal digits. */
  @Override
  public String toString() {
    return String.format(Locale.ROOT, "%016x%016x", high, low);
  }
}
