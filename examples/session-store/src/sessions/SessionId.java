package sessions;

import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Optional;

/**
 * 128 random bits, which nobody can guess. The lower 48 say at which offset of the area the session
 * lies, so no table of sessions is needed. Immutable.
 */
record SessionId(long high, long low) {

  private static final SecureRandom RANDOM = new SecureRandom();
  private static final HexFormat HEX = HexFormat.of();

  static SessionId random() {
    return new SessionId(RANDOM.nextLong(), RANDOM.nextLong());
  }

  static Optional<SessionId> parse(String text) {
    if (text.length() != 32 || !text.chars().allMatch(HexFormat::isHexDigit)) {
      return Optional.empty();
    }
    return Optional.of(
        new SessionId(
            HexFormat.fromHexDigitsToLong(text, 0, 16),
            HexFormat.fromHexDigitsToLong(text, 16, 32)));
  }

  long offset() {
    return low & ((1L << 48) - 1);
  }

  @Override
  public String toString() {
    return HEX.toHexDigits(high) + HEX.toHexDigits(low);
  }
}
