package dev.tmem.cli.client;

import dev.tmem.ErrorCode;
import dev.tmem.SwapArea;
import dev.tmem.TmemException;
import io.vertx.core.buffer.Buffer;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongConsumer;

/**
 * Brings a file into a swap area: page {@code i} holds the bytes from {@code i * pageSize} on, the
 * last page is as short as the file ends, and no page follows it. So the area alone tells the
 * file's length; an empty file is an area without pages.
 *
 * <p>Pages of a longer file that the area held before are invalidated once the new ones are stored.
 * An import that fails leaves a mixture of both; another import of the whole file mends it.
 *
 * <p>Confined to one thread at a time.
 */
public final class FileImport {

  /** Pages of one batch. */
  static final int BATCH_PAGES = 64;

  /** Pages that are invalidated at once. */
  private static final int INVALIDATE_PAGES = 4096;

  private final SwapArea area;
  private final int pageSize;
  private final LongConsumer storedBytes;

  /**
   * @param storedBytes told how many more bytes are stored, on any thread
   */
  public FileImport(SwapArea area, LongConsumer storedBytes) {
    this.area = area;
    this.pageSize = area.options().getPageSize();
    this.storedBytes = storedBytes;
  }

  /** What an import did: pages and bytes stored, and pages of an older file invalidated. */
  public record Result(long pages, long bytes, long invalidated) {}

  /**
   * Imports all of the file.
   *
   * @throws IOException if the file cannot be read, or becomes shorter meanwhile
   * @throws TmemException what the area failed with
   */
  public Result run(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
        BatchWindow window = new BatchWindow()) {
      long bytes = channel.size();
      long pages = (bytes + pageSize - 1) / pageSize;
      checkRoom(file, pages);
      long batchBytes = (long) BATCH_PAGES * pageSize;
      for (long at = 0; at < bytes; at += batchBytes) {
        long from = at;
        int length = (int) Math.min(batchBytes, bytes - at);
        window.submit(() -> store(channel, file, from, length));
      }
      window.finish();
      return new Result(pages, bytes, invalidateFrom(pages));
    }
  }

  private void checkRoom(Path file, long pages) {
    long most = area.options().getMaxPages();
    if (pages > most) {
      throw new TmemException(
          ErrorCode.INVALID_OFFSET,
          file + " has " + pages + " pages; area " + area.name() + " takes " + most);
    }
  }

  private void store(FileChannel channel, Path file, long from, int length) throws IOException {
    ByteBuffer bytes = read(channel, file, from, length);
    List<Buffer> pages = new ArrayList<>(BATCH_PAGES);
    for (int at = 0; at < length; at += pageSize) {
      byte[] page = new byte[Math.min(pageSize, length - at)];
      bytes.get(at, page);
      pages.add(Buffer.buffer(page));
    }
    long[] offsets = new long[pages.size()];
    for (int i = 0; i < offsets.length; i++) {
      offsets[i] = from / pageSize + i;
    }
    Patience.SOME.storeAll(area, offsets, pages);
    storedBytes.accept(length);
  }

  private static ByteBuffer read(FileChannel channel, Path file, long from, int length)
      throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(length);
    while (bytes.hasRemaining()) {
      if (channel.read(bytes, from + bytes.position()) < 0) {
        throw new EOFException(file + ": became shorter while it was read");
      }
    }
    return bytes;
  }

  /** Forgets what an older, longer file left behind. */
  private long invalidateFrom(long first) {
    long invalidated = 0;
    if (first >= area.options().getMaxPages()) {
      return invalidated;
    }
    while (true) {
      long[] rest = Patience.SOME.call(() -> area.offsets(first, INVALIDATE_PAGES));
      if (rest.length == 0) {
        return invalidated;
      }
      Patience.SOME.call(() -> area.invalidateAll(rest));
      invalidated += rest.length;
    }
  }
}
