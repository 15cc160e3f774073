package dev.tmem.swapfile;

import dev.tmem.ErrorCode;
import dev.tmem.Options;
import dev.tmem.TmemException;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How a swap file is made. Immutable.
 *
 * @param name of the backend
 * @param file where it lies; its folder exists, or is made
 * @param size bytes, or a share of the free space
 * @param priority of several swap files the one with the highest is tried first, as with swapon; 0
 *     is that of the node's own
 */
public record SwapfileOptions(String name, Path file, Size size, int priority) {

  /** So the tier of a swap file stays behind that of peers. */
  public static final int MAX_PRIORITY = 99;

  private static final Set<String> KEYS = Set.of("size", "path", "priority");
  private static final String FILE_NAME = "swap";

  /**
   * How large a file is to be. Immutable.
   *
   * @param bytes 0: the percentage counts
   * @param percent of what is free on the disk, the file's own space included
   */
  public record Size(long bytes, int percent) {

    public static Size of(long bytes) {
      return new Size(bytes, 0);
    }

    /** Reads {@code 8g}, {@code 50%} or a number. */
    public static Size of(String key, @Nullable Object value) {
      int percent = Options.percent(key, value);
      return percent > 0 ? new Size(0, percent) : of(Options.bytes(key, value));
    }

    /** In bytes, for that file, now. */
    long bytes(Path file) {
      if (percent == 0) {
        return bytes;
      }
      try {
        long own = Files.isRegularFile(file) ? Files.size(file) : 0;
        Path at = Files.exists(file) ? file : file.toAbsolutePath().getParent();
        return (Files.getFileStore(at).getUsableSpace() + own) / 100 * percent;
      } catch (IOException e) {
        throw Reservation.refuse(file, "lies on a disk that cannot be asked: " + e, e);
      }
    }
  }

  public SwapfileOptions {
    Options.inRange("priority", priority, -MAX_PRIORITY, MAX_PRIORITY);
  }

  /** Its place in the chain. */
  int tier() {
    return SwapfileBackend.TIER - priority;
  }

  /**
   * Reads options from JSON: {@code size}, {@code path}?, {@code priority}?.
   *
   * @param folder the node's; a path that is not absolute begins there
   * @throws TmemException with {@link ErrorCode#INVALID_OPTION} for a wrong key or value
   */
  static SwapfileOptions of(String name, Path folder, JsonObject json) {
    Options.checkKeys("a swap file", json, KEYS);
    if (json.getValue("size") == null) {
      throw Options.refuse("size", null, "a size such as 8g, or a share of the free space, 50%,");
    }
    Object path = json.getValue("path");
    Path file =
        path == null
            ? folder.resolve(name).resolve(FILE_NAME)
            : folder.resolve(String.valueOf(path));
    Object priority = json.getValue("priority");
    return new SwapfileOptions(
        name,
        file,
        Size.of("size", json.getValue("size")),
        priority == null
            ? 0
            : (int)
                Options.inRange(
                    "priority",
                    Options.wholeNumber("priority", priority),
                    -MAX_PRIORITY,
                    MAX_PRIORITY));
  }
}
