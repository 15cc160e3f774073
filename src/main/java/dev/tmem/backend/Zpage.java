package dev.tmem.backend;

import java.util.zip.CRC32C;

/**
 * A page as it is kept and moved. Immutable: nobody may write to {@link #bytes} once it is made.
 *
 * <p>It lives on the heap, since it is made only where a page leaves local RAM or comes back; a
 * page that stays in local RAM never becomes one.
 */
public final class Zpage {

  private final PageKey key;
  private final long epoch;
  private final Codec codec;
  private final int originalLength;
  private final byte[] bytes;
  private final int crc;

  private Zpage(PageKey key, long epoch, Codec codec, int originalLength, byte[] bytes, int crc) {
    this.key = key;
    this.epoch = epoch;
    this.codec = codec;
    this.originalLength = originalLength;
    this.bytes = bytes;
    this.crc = crc;
  }

  /**
   * A zpage about to leave; its checksum is computed here.
   *
   * @param originalLength bytes of the page, 1 to 65536
   * @param bytes exactly the zpage's bytes; handed over, not copied
   */
  public static Zpage of(PageKey key, long epoch, Codec codec, int originalLength, byte[] bytes) {
    return new Zpage(key, epoch, codec, originalLength, bytes, checksum(bytes));
  }

  /** A zpage that came back, with the checksum it was sent with; ask {@link #intact} before use. */
  public static Zpage arrived(
      PageKey key, long epoch, Codec codec, int originalLength, byte[] bytes, int crc) {
    return new Zpage(key, epoch, codec, originalLength, bytes, crc);
  }

  public PageKey key() {
    return key;
  }

  /** The version of the page. */
  public long epoch() {
    return epoch;
  }

  public Codec codec() {
    return codec;
  }

  /** Bytes of the page when decompressed. */
  public int originalLength() {
    return originalLength;
  }

  /** The zpage's bytes; not to be written to. */
  public byte[] bytes() {
    return bytes;
  }

  public int length() {
    return bytes.length;
  }

  /** CRC32C of {@link #bytes} as it was when the zpage was first made. */
  public int crc() {
    return crc;
  }

  /** Whether the bytes still have the checksum they were sent with. */
  public boolean intact() {
    return checksum(bytes) == crc;
  }

  private static int checksum(byte[] bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, 0, bytes.length);
    return (int) crc.getValue();
  }

  @Override
  public String toString() {
    return "zpage " + key + " epoch " + epoch + " " + codec + " " + bytes.length + " B";
  }
}
