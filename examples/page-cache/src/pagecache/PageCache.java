package pagecache;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/** Three nodes in front of a slow HTTP service, which is called once for each page. */
public final class PageCache {

  private static final int NODES = 3;
  private static final int PAGES = 20;
  private static final long LOOK_NANOS = 50_000_000;

  private PageCache() {}

  /** Asks for every page at every node, changes one, and says how often the service was called. */
  public static void main(String[] args) throws IOException {
    // Before Hazelcast is loaded: its own log would drown what is printed here.
    System.setProperty("hazelcast.logging.type", "slf4j");
    Path folder = Files.createTempDirectory("page-cache-");
    Vertx vertx = Vertx.vertx();
    SlowService service = SlowService.start(vertx);
    List<CacheNode> nodes = new ArrayList<>();
    int firstPort = freePort();
    for (int i = 1; i <= NODES; i++) {
      nodes.add(new CacheNode(service, "web-" + i, firstPort, folder));
    }
    while (!nodes.stream().allMatch(node -> node.homes() == NODES)) {
      LockSupport.parkNanos(LOOK_NANOS); // until all of them keep pages
    }
    ask(nodes, service, "all pages at all nodes at once");
    ask(nodes, service, "all pages at all nodes again");
    nodes.getFirst().changed("/page/7").await();
    ask(nodes, service, "after one of them has changed");
    nodes.forEach(CacheNode::close);
    vertx.close().await();
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  private static void ask(List<CacheNode> nodes, SlowService service, String what) {
    int before = service.calls();
    long start = System.nanoTime();
    List<Future<Buffer>> pages = new ArrayList<>();
    for (int i = 0; i < PAGES; i++) {
      for (CacheNode node : nodes) {
        pages.add(node.page("/page/" + i));
      }
    }
    Future.all(pages).await();
    System.out.printf(
        "%s: %d requests, %d calls of the service, %d ms%n",
        what, pages.size(), service.calls() - before, (System.nanoTime() - start) / 1_000_000);
  }
}
