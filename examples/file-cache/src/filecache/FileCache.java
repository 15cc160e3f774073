package filecache;

import dev.tmem.CleanCache;
import dev.tmem.CleanCacheOptions;
import dev.tmem.Tmem;
import dev.tmem.TmemOptions;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Path;
import java.util.zip.CRC32C;

/** Reads files twice through a clean cache, and says where their pieces came from. */
public final class FileCache {

  private static final int PIECE_BYTES = 1 << 16;
  private static final int TEN_MINUTES = 600;

  private FileCache() {}

  /**
   * @param args paths of files
   */
  public static void main(String[] args) throws IOException {
    Vertx vertx = Vertx.vertx();
    Tmem tmem = Tmem.start(vertx, new TmemOptions().setMemoryLimit(64L << 20)).await();
    CleanCacheOptions options =
        new CleanCacheOptions().setPageSize(PIECE_BYTES).setTimeToLiveSeconds(TEN_MINUTES);
    CleanCache cache = tmem.cleanCache("files", options).await();
    for (String arg : args) {
      CachedFile file = new CachedFile(Path.of(arg), cache);
      read(arg, file);
      read(arg, file);
    }
    cache.close().await();
    tmem.close().await();
    vertx.close().await();
  }

  private static void read(String name, CachedFile file) throws IOException {
    CRC32C sum = new CRC32C();
    file.open();
    for (int number = 0; number < file.pieces(); number++) {
      sum.update(file.piece(number).getBytes());
    }
    System.out.printf(
        "%s: checksum %08x, %d pieces from the disk, %d from the cache%n",
        name, sum.getValue(), file.fromDisk(), file.fromCache());
  }
}
