package directory;

import dev.tmem.backend.Codec;
import dev.tmem.backend.Fetched;
import dev.tmem.backend.PageKey;
import dev.tmem.backend.PageRef;
import dev.tmem.backend.Zpage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * A zpage in a file of its own, big-endian:
 *
 * <pre>
 *   0      4         8         16         24      28               32       36
 *   | TMZ1 | space   | offset  | epoch    | codec | originalLength | crc32c | zpage ... |
 * </pre>
 *
 * The checksum is the one that the zpage came with, so whatever happens to the bytes here is found.
 */
final class ZpageFile {

  private static final int MAGIC = 0x544D5A31;
  private static final int SPACE = Integer.BYTES;
  private static final int OFFSET = SPACE + Integer.BYTES;
  private static final int EPOCH = OFFSET + Long.BYTES;
  private static final int CODEC = EPOCH + Long.BYTES;
  private static final int ORIGINAL_LENGTH = CODEC + Integer.BYTES;
  private static final int CRC = ORIGINAL_LENGTH + Integer.BYTES;
  private static final int BYTES = CRC + Integer.BYTES;

  private ZpageFile() {}

  /** Bytes that a zpage takes. */
  static int size(Zpage zpage) {
    return BYTES + zpage.length();
  }

  static void write(Path file, Zpage zpage) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(size(zpage));
    bytes
        .putInt(0, MAGIC)
        .putInt(SPACE, zpage.key().space())
        .putLong(OFFSET, zpage.key().offset())
        .putLong(EPOCH, zpage.epoch())
        .putInt(CODEC, zpage.codec().number())
        .putInt(ORIGINAL_LENGTH, zpage.originalLength())
        .putInt(CRC, zpage.crc())
        .put(BYTES, zpage.bytes());
    Files.write(file, bytes.array());
  }

  static Fetched read(Path file, PageRef ref) {
    byte[] bytes;
    try {
      bytes = Files.readAllBytes(file);
    } catch (NoSuchFileException gone) {
      return new Fetched.Gone(file + " is gone");
    } catch (IOException unreadable) {
      return new Fetched.Unavailable(String.valueOf(unreadable));
    }
    ByteBuffer header = ByteBuffer.wrap(bytes);
    if (bytes.length <= BYTES || header.getInt(0) != MAGIC) {
      return new Fetched.Corrupt(file + " holds no zpage");
    }
    PageKey key = new PageKey(header.getInt(SPACE), header.getLong(OFFSET));
    int codec = header.getInt(CODEC);
    if (!key.equals(ref.key()) || header.getLong(EPOCH) != ref.epoch() || !isCodec(codec)) {
      return new Fetched.Corrupt(file + " holds another page");
    }
    byte[] payload = new byte[bytes.length - BYTES];
    header.get(BYTES, payload);
    int length = header.getInt(ORIGINAL_LENGTH);
    Zpage zpage =
        Zpage.arrived(key, ref.epoch(), Codec.of(codec), length, payload, header.getInt(CRC));
    return zpage.intact()
        ? new Fetched.Found(zpage)
        : new Fetched.Corrupt(file + " has a wrong checksum");
  }

  private static boolean isCodec(int number) {
    return number >= 0 && number < Codec.values().length;
  }
}
