package dev.tmem.cli.client;

import dev.tmem.ErrorCode;
import dev.tmem.SwapArea;
import dev.tmem.TmemException;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Writes the pages of a swap area to a file, as {@link FileImport} brought them in. An area that
 * cannot have come from a file, with a gap or a short page before its last one, is refused.
 *
 * <p>The file appears under its name in one step, when it is complete and on stable storage; until
 * then it is beside it, hidden. Confined to one thread at a time.
 */
public final class FileExport {

  private final SwapArea area;
  private final int pageSize;
  private final LongConsumer loadedBytes;

  /**
   * @param loadedBytes told how many more bytes are written, on any thread
   */
  public FileExport(SwapArea area, LongConsumer loadedBytes) {
    this.area = area;
    this.pageSize = area.options().getPageSize();
    this.loadedBytes = loadedBytes;
  }

  /** What an export wrote. */
  public record Result(long pages, long bytes) {}

  /**
   * Refuses a target that is there already, or lies nowhere.
   *
   * @throws IOException naming it
   */
  public static void checkTarget(Path file, boolean force) throws IOException {
    if (Files.isDirectory(file)) {
      throw new FileAlreadyExistsException(file.toString(), null, "is a folder");
    }
    if (!force && Files.exists(file)) {
      throw new FileAlreadyExistsException(
          file.toString(), null, "exists already; --force replaces it");
    }
    if (!Files.isDirectory(folder(file))) {
      throw new IOException(folder(file) + ": no such folder");
    }
  }

  private static Path folder(Path file) {
    Path parent = file.toAbsolutePath().getParent();
    return parent == null ? file.toAbsolutePath() : parent;
  }

  /**
   * Exports the area's pages.
   *
   * @param pages how many there are
   * @param force whether a file of that name is replaced
   */
  public Result run(Path file, long pages, boolean force) throws IOException {
    checkTarget(file, force);
    Path part = Files.createTempFile(folder(file), "." + file.getFileName(), ".part");
    part.toFile().deleteOnExit();
    try {
      long bytes = write(part, pages);
      checkTarget(file, force);
      try {
        Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
      } catch (AtomicMoveNotSupportedException plain) {
        Files.move(part, file, StandardCopyOption.REPLACE_EXISTING);
      }
      return new Result(pages, bytes);
    } finally {
      Files.deleteIfExists(part);
    }
  }

  private long write(Path part, long pages) throws IOException {
    try (FileChannel channel = FileChannel.open(part, StandardOpenOption.WRITE);
        BatchWindow window = new BatchWindow()) {
      for (long at = 0; at < pages; at += FileImport.BATCH_PAGES) {
        long from = at;
        int count = (int) Math.min(FileImport.BATCH_PAGES, pages - at);
        window.submit(() -> copy(channel, from, count, pages));
      }
      window.finish();
      channel.force(true);
      return channel.size();
    }
  }

  private void copy(FileChannel channel, long from, int count, long pages) throws IOException {
    long[] offsets = new long[count];
    for (int i = 0; i < count; i++) {
      offsets[i] = from + i;
    }
    List<@Nullable Buffer> loaded = Patience.SOME.loadAll(area, offsets);
    ByteBuffer bytes = ByteBuffer.allocate(count * pageSize);
    for (int i = 0; i < count; i++) {
      bytes.put(whole(loaded.get(i), offsets[i], pages));
    }
    bytes.flip();
    int length = bytes.remaining();
    while (bytes.hasRemaining()) {
      channel.write(bytes, from * pageSize + bytes.position());
    }
    loadedBytes.accept(length);
  }

  private byte[] whole(@Nullable Buffer page, long offset, long pages) {
    if (page == null || (page.length() < pageSize && offset < pages - 1)) {
      throw new TmemException(
          ErrorCode.INVALID_PAGE,
          "area "
              + area.name()
              + " is no file: of its "
              + pages
              + " pages, page "
              + offset
              + (page == null ? " is absent" : " has " + page.length() + " bytes"));
    }
    return page.getBytes();
  }
}
