package dev.tmem.cli.torture;

import java.io.BufferedReader;
import java.io.IOException;
import java.util.List;

/**
 * A user namespace of Linux, in which whoever opens it is root over a network of its own. A process
 * that does nothing keeps it open, and commands step in by its number. Confined to the main thread,
 * but for {@link #close}, which may be called from a shutdown hook.
 */
final class UserNamespace implements AutoCloseable {

  /**
   * Names of network namespaces are files below {@code /run}, which is not ours to write to. The
   * last word waits until this process closes the pipe or ends.
   */
  private static final String SETUP =
      "mount -t tmpfs tmpfs /run && ip link set lo up && echo ready && exec cat";

  private final Process keeper;

  private UserNamespace(Process keeper) {
    this.keeper = keeper;
  }

  /**
   * Opens one.
   *
   * @throws IOException if this machine does not allow it
   */
  static UserNamespace open() throws IOException {
    Process keeper =
        new ProcessBuilder(
                "unshare", "--user", "--map-root-user", "--net", "--mount", "sh", "-c", SETUP)
            .redirectErrorStream(true)
            .start();
    UserNamespace opened = new UserNamespace(keeper);
    BufferedReader words = keeper.inputReader();
    String said = words.readLine();
    if (!"ready".equals(said)) {
      opened.close();
      throw new IOException("no user namespace: " + said);
    }
    return opened;
  }

  /** What stands before a command that is to run in it. */
  List<String> prefix() {
    return List.of(
        "nsenter",
        "--target",
        Long.toString(keeper.pid()),
        "--user",
        "--mount",
        "--net",
        "--preserve-credentials",
        "--");
  }

  @Override
  public void close() {
    keeper.destroyForcibly();
  }
}
