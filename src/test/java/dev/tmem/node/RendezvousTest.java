package dev.tmem.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tmem.TmemOptions;
import dev.tmem.Until;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RendezvousTest {

  private static final String LOOPBACK = ClusterOptions.LOOPBACK;

  @TempDir Path base;

  private DataFolder folder() {
    return new DataFolders(base).choose(new TmemOptions(), 0).folder();
  }

  private static HostPort freeAddress() throws IOException {
    return new HostPort(LOOPBACK, LocalAddress.freePort(LOOPBACK));
  }

  private CompletableFuture<List<HostPort>> meet(String name, DataFolder folder, HostPort own) {
    return CompletableFuture.supplyAsync(() -> {
      try {
        return new Rendezvous(new DataFolders(base), "tmem").meet(name, folder, own);
      } catch (IOException failed) {
        throw new UncheckedIOException(failed);
      }
    });
  }

  private static List<HostPort> get(CompletableFuture<List<HostPort>> found) throws Exception {
    return found.get(Until.SECONDS, TimeUnit.SECONDS);
  }

  private void waitForTicketOf(String name) throws Exception {
    Until.until(
        () -> {
          NodeFile file = new DataFolders(base).running(name);
          return file != null && file.ticket() > NodeFile.FIRST;
        },
        name + " has taken a ticket");
  }

  private static ServerSocket listen(HostPort address) throws IOException {
    return new ServerSocket(address.port(), 10, InetAddress.getLoopbackAddress());
  }

  @Test
  void theFirstWaitsForNobodyAndTheSecondForTheFirst() throws Exception {
    HostPort first = freeAddress();
    try (DataFolder one = folder();
        DataFolder two = folder()) {
      assertEquals(List.of(), get(meet("node-1", one, first)));
      CompletableFuture<List<HostPort>> found = meet("node-2", two, freeAddress());
      waitForTicketOf("node-2");
      assertFalse(found.isDone());
      try (ServerSocket listening = listen(first)) {
        assertTrue(listening.isBound());
        assertEquals(List.of(first), get(found));
      }
    }
  }

  @Test
  void aFirstThatDiesIsWaitedForNoLonger() throws Exception {
    DataFolder one = folder();
    try (DataFolder two = folder()) {
      assertEquals(List.of(), get(meet("node-1", one, freeAddress())));
      CompletableFuture<List<HostPort>> found = meet("node-2", two, freeAddress());
      waitForTicketOf("node-2");
      one.close();
      assertEquals(List.of(), get(found));
    }
  }

  @Test
  void nobodyGoesAheadOfOneThatIsChoosing() throws Exception {
    HostPort first = freeAddress();
    try (DataFolder one = folder();
        DataFolder two = folder()) {
      one.announce(NodeFile.starting("node-1", "tmem", first, NodeFile.CHOOSING));
      CompletableFuture<List<HostPort>> found = meet("node-2", two, freeAddress());
      waitForTicketOf("node-2");
      assertFalse(found.isDone());
      // It saw the second's ticket, or not; here it did.
      one.announce(NodeFile.starting("node-1", "tmem", first, 2));
      assertEquals(List.of(), get(found));
    }
  }

  @Test
  void ofManyAtOnceExactlyOneWaitsForNobody() throws Exception {
    int nodes = 6;
    List<DataFolder> folders = new ArrayList<>();
    List<CompletableFuture<List<HostPort>>> meetings = new ArrayList<>();
    List<HostPort> addresses = new ArrayList<>();
    for (int i = 0; i < nodes; i++) {
      folders.add(folder());
      addresses.add(freeAddress());
    }
    try (ExecutorService threads = Executors.newFixedThreadPool(nodes)) {
      Rendezvous rendezvous = new Rendezvous(new DataFolders(base), "tmem");
      for (int i = 0; i < nodes; i++) {
        int at = i;
        meetings.add(
            CompletableFuture.supplyAsync(
                () -> {
                  try {
                    return rendezvous.meet("node-" + (at + 1), folders.get(at), addresses.get(at));
                  } catch (IOException failed) {
                    throw new UncheckedIOException(failed);
                  }
                },
                threads));
      }
      // One goes ahead; when it listens, all others follow.
      CompletableFuture.anyOf(meetings.toArray(CompletableFuture[]::new))
          .get(Until.SECONDS, TimeUnit.SECONDS);
      int leader = -1;
      for (int i = 0; i < nodes; i++) {
        if (meetings.get(i).isDone()) {
          assertEquals(-1, leader, "two went ahead");
          assertEquals(List.of(), get(meetings.get(i)));
          leader = i;
        }
      }
      try (ServerSocket listening = listen(addresses.get(leader))) {
        assertTrue(listening.isBound());
        for (int i = 0; i < nodes; i++) {
          assertTrue(i == leader || get(meetings.get(i)).contains(addresses.get(leader)));
        }
      }
    }
    for (DataFolder folder : folders) {
      folder.close();
    }
  }
}
