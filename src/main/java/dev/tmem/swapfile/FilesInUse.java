package dev.tmem.swapfile;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The swap files that this process has open. A file's lock keeps other processes out; within one
 * process even opening and closing the file once more would drop that lock, so this is asked before
 * a file is opened. Thread-safe: its own lock.
 */
final class FilesInUse {

  private static final FilesInUse PROCESS = new FilesInUse();

  @GuardedBy("this")
  private final Set<Object> identities = new HashSet<>();

  private FilesInUse() {}

  static FilesInUse ofProcess() {
    return PROCESS;
  }

  /**
   * @param file exists
   * @return what to {@link #release}; null if the file is in use, by whatever name
   */
  @Nullable Object claim(Path file) throws IOException {
    Object identity = identity(file);
    synchronized (this) {
      return identities.add(identity) ? identity : null;
    }
  }

  /** What stays the same whatever name leads to the file. */
  static Object identity(Path file) throws IOException {
    Object key = Files.readAttributes(file, BasicFileAttributes.class).fileKey();
    return key != null ? key : file.toRealPath();
  }

  synchronized void release(Object identity) {
    identities.remove(identity);
  }
}
