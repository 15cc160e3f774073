package dev.tmem.cli.bench;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.zip.CRC32C;

/**
 * What a disk gives when nothing is kept in order: compressed pages written one behind the other
 * and read by position. Writing is confined to one thread; reading is thread-safe.
 */
final class BareFile implements AutoCloseable {

  /** Larger writes are no quicker. */
  private static final int WRITE_BYTES = 1 << 20;

  private final Arena arena = Arena.ofShared();
  private final ByteBuffer buffer = arena.allocate(WRITE_BYTES, 4096).asByteBuffer();
  private final FileChannel channel;
  private final long[] places;
  private final CRC32C crc = new CRC32C();
  private long checksums;
  private long end;

  BareFile(Path folder, int pages) throws IOException {
    channel =
        FileChannel.open(
            folder.resolve("bare"),
            StandardOpenOption.CREATE_NEW,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE);
    places = new long[pages];
  }

  /** From here on it is written from its beginning again. */
  void rewind() {
    end = 0;
  }

  /** Copies a page, computes its checksum, and writes when the buffer is full. */
  void put(int number, ByteBuffer from, int at, int length) throws IOException {
    if (buffer.remaining() < length) {
      write();
    }
    int start = buffer.position();
    buffer.put(start, from, at, length);
    buffer.position(start + length);
    crc.reset();
    crc.update(buffer.slice(start, length));
    checksums += crc.getValue();
    places[number] = end + start;
  }

  private void write() throws IOException {
    buffer.flip();
    while (buffer.hasRemaining()) {
      end += channel.write(buffer, end);
    }
    buffer.clear();
  }

  /** All of it is on stable storage. */
  void force() throws IOException {
    write();
    channel.force(false);
  }

  /** Reads a page into a buffer, from its beginning. */
  void read(int number, ByteBuffer into, int length) throws IOException {
    into.clear().limit(length);
    long at = places[number];
    while (into.hasRemaining()) {
      at += channel.read(into, at);
    }
    into.flip();
  }

  /** So that no compiler leaves them out. */
  long checksums() {
    return checksums;
  }

  @Override
  public void close() throws IOException {
    channel.close();
    arena.close();
  }
}
