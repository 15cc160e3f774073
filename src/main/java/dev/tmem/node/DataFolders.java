package dev.tmem.node;

import dev.tmem.ErrorCode;
import dev.tmem.TmemException;
import dev.tmem.TmemOptions;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The data folders that lie side by side under one base folder: where a node finds its own and a
 * process finds the nodes of its machine. Immutable.
 *
 * @param base parent of the folders
 */
record DataFolders(Path base) {

  /** In the current folder. */
  static final Path DEFAULT_BASE = Path.of("tmem-data");

  /** Names that a nameless node tries, {@code node-1} upward. */
  static final int MAX_NUMBER = 1024;

  /** A node's name and its locked folder. */
  record Choice(String name, DataFolder folder) {}

  /** Where a node with these options has its folder, and its neighbours theirs. */
  static DataFolders of(TmemOptions options) {
    String own = options.getDataFolder();
    if (own == null) {
      return new DataFolders(DEFAULT_BASE);
    }
    Path parent = Path.of(own).toAbsolutePath().normalize().getParent();
    return new DataFolders(parent == null ? Path.of(own) : parent);
  }

  /**
   * Chooses name and folder of a node and locks the folder.
   *
   * @param above a node without a name is given one of a higher number than this
   * @throws TmemException with {@link ErrorCode#NAME_TAKEN} if another node holds the folder, or
   *     {@link ErrorCode#INVALID_OPTION} if it cannot be used
   */
  Choice choose(TmemOptions options, int above) {
    String name = options.getName();
    String own = options.getDataFolder();
    if (name != null) {
      return open(name, own == null ? base.resolve(name) : Path.of(own));
    }
    if (own != null) {
      return open("node-" + (above + 1), Path.of(own));
    }
    for (int number = above + 1; number <= MAX_NUMBER; number++) {
      DataFolder folder = tryOpen(base.resolve("node-" + number));
      if (folder != null) {
        return new Choice("node-" + number, folder);
      }
    }
    throw new TmemException(
        ErrorCode.NAME_TAKEN,
        base
            + ": node-"
            + (above + 1)
            + " to node-"
            + MAX_NUMBER
            + " are all taken; give the node a name");
  }

  private static Choice open(String name, Path path) {
    DataFolder folder = tryOpen(path);
    if (folder == null) {
      NodeFile holder = NodeFile.read(path);
      throw new TmemException(
          ErrorCode.NAME_TAKEN,
          "dataFolder: "
              + path
              + " is in use"
              + (holder == null ? "" : " by node " + holder.name() + ", process " + holder.pid())
              + "; a node needs a folder of its own");
    }
    return new Choice(name, folder);
  }

  private static @Nullable DataFolder tryOpen(Path path) {
    try {
      return DataFolder.tryOpen(path);
    } catch (IOException unusable) {
      throw new TmemException(
          ErrorCode.INVALID_OPTION,
          "dataFolder: "
              + path
              + " cannot be used: "
              + unusable
              + "; a folder that can be written to is needed",
          unusable);
    }
  }

  /** The living nodes with a folder here. */
  List<NodeFile> running() {
    List<NodeFile> found = new ArrayList<>();
    try (DirectoryStream<Path> folders = Files.newDirectoryStream(base, Files::isDirectory)) {
      for (Path folder : folders) {
        NodeFile file = NodeFile.read(folder);
        if (file != null && DataFolder.isHeld(folder)) {
          found.add(file);
        }
      }
    } catch (IOException noBase) {
      return List.of();
    }
    return found;
  }

  /** What the living node of that name says now; null if there is none any more. */
  @Nullable NodeFile running(String name) {
    return running().stream().filter(file -> file.name().equals(name)).findFirst().orElse(null);
  }
}
