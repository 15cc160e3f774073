package filecache;

import dev.tmem.CleanCache;
import dev.tmem.ObjectKey;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;

/** A file whose pieces are kept in a clean cache. Confined to one thread that may wait. */
final class CachedFile {

  private final Path path;
  private final CleanCache cache;
  private final ObjectKey object;
  private final int pieceBytes;
  private String state = "";
  private int fromCache;
  private int fromDisk;

  CachedFile(Path path, CleanCache cache) {
    this.path = path;
    this.cache = cache;
    this.object = ObjectKey.of(path.toAbsolutePath().toString());
    this.pieceBytes = cache.options().getPageSize();
  }

  /**
   * Begins a reading: if the file has changed since the last one, nothing of it is in the cache.
   */
  void open() throws IOException {
    String now = Files.size(path) + " " + Files.getLastModifiedTime(path);
    if (!now.equals(state)) {
      cache.invalidateObject(object).await();
      state = now;
    }
    fromCache = 0;
    fromDisk = 0;
  }

  /** The number of pieces. */
  int pieces() throws IOException {
    return (int) ((Files.size(path) + pieceBytes - 1) / pieceBytes);
  }

  /** A piece, from the cache if it has it. */
  Buffer piece(int number) throws IOException {
    Buffer cached = cache.get(object, number).await();
    if (cached != null) {
      fromCache++;
      return cached;
    }
    Buffer read = read(number);
    fromDisk++;
    cache.put(object, number, read).await();
    return read;
  }

  private Buffer read(int number) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(pieceBytes);
    try (SeekableByteChannel file = Files.newByteChannel(path)) {
      file.position((long) number * pieceBytes);
      while (bytes.hasRemaining() && file.read(bytes) >= 0) {
        // until the piece is full or the file ends
      }
    }
    return Buffer.buffer(bytes.position()).appendBytes(bytes.array(), 0, bytes.position());
  }

  int fromCache() {
    return fromCache;
  }

  int fromDisk() {
    return fromDisk;
  }
}
