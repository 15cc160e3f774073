package dev.tmem.ramster.channel;

import dev.tmem.ramster.protocol.WireLayout;
import io.netty.buffer.ByteBuf;
import io.vertx.core.buffer.Buffer;
import java.util.UUID;

/**
 * The bytes of a page channel, big-endian. Each side begins with a greeting; after it, frames of
 * {@link WireLayout} follow each other with nothing between them, since each tells its length.
 *
 * <pre>
 *   0        4       5        8                       24
 *  +--------+-------+--------+-----------------------+-------+-------+---
 *  | magic  |version| zero   | secret                | frame | frame | ...
 *  | "tmch" |       |        |                       |       |       |
 *  +--------+-------+--------+-----------------------+-------+-------+---
 * </pre>
 *
 * Both secrets were drawn by the side that listens and told to the other over the event bus:
 * whoever connects shows the first and is shown the second.
 */
final class ChannelLayout {

  /** "tmch". */
  static final int MAGIC_VALUE = 0x746D6368;

  static final int VERSION_VALUE = 1;

  static final int MAGIC = 0;
  static final int VERSION = MAGIC + Integer.BYTES;
  private static final int ZERO = VERSION + Byte.BYTES;
  static final int SECRET = ZERO + 3;
  static final int GREETING_BYTES = SECRET + 2 * Long.BYTES;

  private ChannelLayout() {}

  static Buffer greeting(UUID secret) {
    return Buffer.buffer(GREETING_BYTES)
        .appendInt(MAGIC_VALUE)
        .appendByte((byte) VERSION_VALUE)
        .appendMedium(0)
        .appendLong(secret.getMostSignificantBits())
        .appendLong(secret.getLeastSignificantBits());
  }

  /**
   * @param bytes {@link #GREETING_BYTES} from 0
   * @throws ChannelException if it is none, or of another version
   */
  static UUID secret(Buffer bytes) throws ChannelException {
    if (bytes.getInt(MAGIC) != MAGIC_VALUE || bytes.getMedium(ZERO) != 0) {
      throw new ChannelException("it does not begin with a greeting");
    }
    int version = bytes.getUnsignedByte(VERSION);
    if (version != VERSION_VALUE) {
      throw new ChannelException(
          "it speaks version " + version + " of channels, this node speaks " + VERSION_VALUE);
    }
    return new UUID(bytes.getLong(SECRET), bytes.getLong(SECRET + Long.BYTES));
  }

  /**
   * Bytes of the frame whose head stands at a place.
   *
   * @throws ChannelException if no frame begins there, or one that is too long
   */
  static int frameLength(ByteBuf bytes, int at) throws ChannelException {
    int magic = bytes.getInt(at + WireLayout.MAGIC);
    if (magic != WireLayout.MAGIC_VALUE) {
      throw new ChannelException("no frame begins with " + Integer.toHexString(magic));
    }
    int body = bytes.getInt(at + WireLayout.BODY_LENGTH);
    if (body < 0 || body > WireLayout.FRAME_BYTES_MAX - WireLayout.BODY) {
      throw new ChannelException(
          "a frame says that it has %d bytes behind its head; %d are the most"
              .formatted(body, WireLayout.FRAME_BYTES_MAX - WireLayout.BODY));
    }
    return WireLayout.BODY + body;
  }
}
