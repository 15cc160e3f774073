package dev.tmem.node;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The folder of one node, locked for as long as the node lives. It holds {@code lock} (empty, never
 * deleted: a lock on a deleted file would exclude nobody), {@code node.json} ({@link NodeFile}) and
 * the swap file.
 *
 * <p>Thread-safe: the monitor of {@link #HELD}.
 *
 * <p>A file lock belongs to the process, and on POSIX systems closing any channel to the file gives
 * it up. So folders that this process holds are kept in a set, and their lock file is not opened
 * again.
 */
final class DataFolder implements AutoCloseable {

  static final String LOCK = "lock";

  /** Attempts at a lock: a look from elsewhere ({@link #isHeld}) holds it for some microseconds. */
  private static final int ATTEMPTS = 5;

  private static final long ATTEMPT_PAUSE_NANOS = 5_000_000;

  @GuardedBy("HELD")
  private static final Set<Path> HELD = new HashSet<>();

  private final Path path;
  private final FileChannel channel;
  private boolean closed;

  private DataFolder(Path path, FileChannel channel) {
    this.path = path;
    this.channel = channel;
  }

  /**
   * Makes the folder if need be, and locks it.
   *
   * @return null if somebody else holds it
   * @throws IOException if it cannot be made or written to
   */
  static @Nullable DataFolder tryOpen(Path folder) throws IOException {
    Files.createDirectories(folder);
    Path path = folder.toRealPath();
    synchronized (HELD) {
      if (HELD.contains(path)) {
        return null;
      }
      FileChannel channel = tryLock(path);
      if (channel == null) {
        return null;
      }
      // A node that was killed may have left its announcement.
      Files.deleteIfExists(path.resolve(NodeFile.NAME));
      HELD.add(path);
      return new DataFolder(path, channel);
    }
  }

  private static @Nullable FileChannel tryLock(Path path) throws IOException {
    FileChannel channel =
        FileChannel.open(path.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    boolean locked = false;
    try {
      for (int attempt = 0; attempt < ATTEMPTS && !locked; attempt++) {
        if (attempt > 0) {
          LockSupport.parkNanos(ATTEMPT_PAUSE_NANOS);
        }
        locked = channel.tryLock() != null;
      }
      return locked ? channel : null;
    } finally {
      if (!locked) {
        channel.close();
      }
    }
  }

  /** Whether a living node holds that folder, in this process or another. */
  static boolean isHeld(Path folder) {
    try {
      Path path = folder.toRealPath();
      synchronized (HELD) {
        if (HELD.contains(path)) {
          return true;
        }
        // Shared, so that two who look do not take each other for the holder.
        try (FileChannel channel = FileChannel.open(path.resolve(LOCK), StandardOpenOption.READ);
            FileLock free = channel.tryLock(0, Long.MAX_VALUE, true)) {
          return free == null;
        }
      }
    } catch (IOException noFolderOrNoLock) {
      return false;
    }
  }

  /** Absolute, without symbolic links. */
  Path path() {
    return path;
  }

  /** Says to others what this node is. */
  void announce(NodeFile file) throws IOException {
    file.write(path);
  }

  /** Takes the announcement back and gives the lock up. Idempotent. */
  @Override
  public void close() throws IOException {
    synchronized (HELD) {
      if (closed) {
        return;
      }
      closed = true;
      try {
        Files.deleteIfExists(path.resolve(NodeFile.NAME));
      } finally {
        HELD.remove(path);
        channel.close();
      }
    }
  }
}
