package dev.tmem.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tmem.ErrorCode;
import dev.tmem.TmemException;
import dev.tmem.TmemOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataFoldersTest {

  @TempDir Path base;
  private DataFolders folders = new DataFolders(Path.of("."));

  @BeforeEach
  void folders() {
    folders = new DataFolders(base);
  }

  @Test
  void aNamelessNodeTakesTheFirstFolderThatIsFree() throws IOException {
    DataFolders.Choice one = folders.choose(new TmemOptions(), 0);
    DataFolders.Choice two = folders.choose(new TmemOptions(), 0);
    assertEquals(List.of("node-1", "node-2"), List.of(one.name(), two.name()));
    one.folder().close();
    try (DataFolder again = folders.choose(new TmemOptions(), 0).folder()) {
      assertEquals(base.toRealPath().resolve("node-1"), again.path());
    }
    try (DataFolder above = folders.choose(new TmemOptions(), 2).folder()) {
      assertEquals(base.toRealPath().resolve("node-3"), above.path());
    }
    two.folder().close();
  }

  @Test
  void manyAtOnceTakeDifferentOnes() throws Exception {
    int starts = 12;
    List<Future<DataFolders.Choice>> choices = new ArrayList<>();
    try (ExecutorService threads = Executors.newFixedThreadPool(starts)) {
      for (int i = 0; i < starts; i++) {
        choices.add(threads.submit(() -> folders.choose(new TmemOptions(), 0)));
      }
    }
    TreeSet<String> names = new TreeSet<>();
    for (Future<DataFolders.Choice> choice : choices) {
      names.add(choice.get().name());
      choice.get().folder().close();
    }
    assertEquals(starts, names.size());
  }

  @Test
  void aFolderInUseIsRefusedWithItsHolder() throws IOException {
    TmemOptions options = new TmemOptions().setName("alpha");
    DataFolders.Choice first = folders.choose(options, 0);
    first
        .folder()
        .announce(NodeFile.starting("alpha", "tmem", new HostPort("127.0.0.1", 1), NodeFile.FIRST));
    TmemException refused = assertThrows(TmemException.class, () -> folders.choose(options, 0));
    assertEquals(ErrorCode.NAME_TAKEN, refused.code());
    assertTrue(refused.toString().contains("by node alpha, process " + pid()), refused.toString());
    first.folder().close();
    first.folder().close();
    folders.choose(options, 0).folder().close();
  }

  private static long pid() {
    return ProcessHandle.current().pid();
  }

  @Test
  void aFolderThatCannotBeUsedIsRefused() throws IOException {
    Path file = Files.writeString(base.resolve("file"), "in the way");
    TmemOptions options = new TmemOptions().setDataFolder(file.resolve("node").toString());
    TmemException refused = assertThrows(TmemException.class, () -> folders.choose(options, 0));
    assertEquals(ErrorCode.INVALID_OPTION, refused.code());
    assertTrue(refused.toString().contains(file.toString()), refused.toString());
  }

  @Test
  void onlyLivingNodesAreFound() throws IOException {
    DataFolder alive = folders.choose(new TmemOptions(), 0).folder();
    NodeFile announced =
        NodeFile.starting("node-1", "tmem", new HostPort("127.0.0.1", 5701), NodeFile.FIRST);
    alive.announce(announced);
    // One that was killed: its announcement stands, its lock does not.
    Path dead = Files.createDirectories(base.resolve("node-2"));
    Files.createFile(dead.resolve(DataFolder.LOCK));
    NodeFile.starting("node-2", "tmem", new HostPort("127.0.0.1", 5702), NodeFile.FIRST)
        .write(dead);
    // And what somebody else left there.
    Files.writeString(
        Files.createDirectories(base.resolve("other")).resolve(NodeFile.NAME), "[1, 2");
    assertEquals(List.of(announced), folders.running());
    assertEquals(
        List.of(new HostPort("127.0.0.1", 5701)), new Rendezvous(folders, "tmem").members());
    assertEquals(List.of(), new Rendezvous(folders, "elsewhere").members());
    assertTrue(DataFolder.isHeld(alive.path()));
    alive.close();
    assertFalse(DataFolder.isHeld(alive.path()));
    assertEquals(List.of(), folders.running());
  }

  @Test
  void aLookDoesNotLooseTheLock() throws Exception {
    DataFolder mine = folders.choose(new TmemOptions(), 0).folder();
    assertTrue(DataFolder.isHeld(mine.path()));
    assertNull(DataFolder.tryOpen(mine.path()));
    // Another process is the judge: the lock table of this one would say yes in any case.
    Process judge =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                LockJudge.class.getName(),
                mine.path().resolve(DataFolder.LOCK).toString())
            .inheritIO()
            .start();
    assertEquals(LockJudge.HELD, judge.waitFor());
    mine.close();
  }

  /** Says with its exit status whether somebody holds the lock of a file. */
  static final class LockJudge {
    static final int HELD = 7;

    private LockJudge() {}

    public static void main(String[] arguments) throws IOException {
      try (var channel =
          java.nio.channels.FileChannel.open(
              Path.of(arguments[0]), java.nio.file.StandardOpenOption.WRITE)) {
        System.exit(channel.tryLock() == null ? HELD : 0);
      }
    }
  }

  @Test
  void whatIsAnnouncedIsReadBack() throws IOException {
    NodeFile file =
        new NodeFile(
            "a", 5, "tmem", new HostPort("::1", 5701), 3, new HostPort("127.0.0.1", 7), "i");
    file.write(base);
    assertEquals(file, NodeFile.read(base));
    NodeFile early = NodeFile.starting("a", "tmem", new HostPort("h", 2), NodeFile.FIRST);
    early.write(base);
    assertNotNull(NodeFile.read(base));
    assertEquals(early, NodeFile.read(base));
  }
}
