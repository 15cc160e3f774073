package dev.tmem.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tmem.TmemOptions;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RendezvousTest {

  private static final String LOOPBACK = ClusterOptions.LOOPBACK;

  @TempDir Path base;

  private DataFolder folder() {
    return new DataFolders(base).choose(new TmemOptions(), 0).folder();
  }

  private Rendezvous rendezvous() {
    return new Rendezvous(new DataFolders(base), "tmem");
  }

  private CompletableFuture<List<HostPort>> meet(String name, DataFolder folder, HostPort own) {
    return CompletableFuture.supplyAsync(() -> {
      try {
        return rendezvous().meet(name, folder, own);
      } catch (java.io.IOException failed) {
        throw new java.io.UncheckedIOException(failed);
      }
    });
  }

  @Test
  void theFirstWaitsForNobodyAndTheSecondForTheFirst() throws Exception {
    HostPort first = new HostPort(LOOPBACK, LocalAddress.freePort(LOOPBACK));
    HostPort second = new HostPort(LOOPBACK, LocalAddress.freePort(LOOPBACK));
    try (DataFolder one = folder();
        DataFolder two = folder()) {
      assertEquals(List.of(), rendezvous().meet("node-1", one, first));
      CompletableFuture<List<HostPort>> found = meet("node-2", two, second);
      // It has said whom it saw, and now waits: the first does not listen yet.
      while (joining("node-2") == null) {
        Thread.onSpinWait();
      }
      assertFalse(found.isDone());
      try (ServerSocket listening =
          new ServerSocket(first.port(), 10, InetAddress.getLoopbackAddress())) {
        assertTrue(listening.isBound());
        assertEquals(List.of(first), found.get(20, TimeUnit.SECONDS));
      }
    }
  }

  private @org.jspecify.annotations.Nullable List<HostPort> joining(String name) {
    NodeFile file = new DataFolders(base).running(name);
    return file == null ? null : file.joining();
  }

  @Test
  void aFirstThatDiesIsWaitedForNoLonger() throws Exception {
    HostPort second = new HostPort(LOOPBACK, LocalAddress.freePort(LOOPBACK));
    DataFolder one = folder();
    try (DataFolder two = folder()) {
      HostPort first = new HostPort(LOOPBACK, LocalAddress.freePort(LOOPBACK));
      assertEquals(List.of(), rendezvous().meet("node-1", one, first));
      CompletableFuture<List<HostPort>> found = meet("node-2", two, second);
      while (joining("node-2") == null) {
        Thread.onSpinWait();
      }
      one.close();
      assertEquals(List.of(), found.get(20, TimeUnit.SECONDS));
    }
  }

  @Test
  void twoThatSeeEachOtherDoNotWaitForEachOther() throws Exception {
    HostPort first = new HostPort(LOOPBACK, LocalAddress.freePort(LOOPBACK));
    HostPort second = new HostPort(LOOPBACK, LocalAddress.freePort(LOOPBACK));
    try (DataFolder one = folder();
        DataFolder two = folder()) {
      one.announce(NodeFile.announced("node-1", "tmem", first).joining(List.of(second)));
      assertEquals(List.of(first), meet("node-2", two, second).get(20, TimeUnit.SECONDS));
    }
  }
}
