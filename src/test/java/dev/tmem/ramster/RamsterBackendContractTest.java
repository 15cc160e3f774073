package dev.tmem.ramster;

import dev.tmem.Until;
import dev.tmem.backend.SlowBackend;
import dev.tmem.backend.SlowBackendContractTest;
import dev.tmem.ramster.protocol.Timing;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.List;

class RamsterBackendContractTest extends SlowBackendContractTest {

  private static final Timing QUICK = new Timing(50, 60_000, 3_000, 500, 5, 3_600_000, 100);

  private final Vertx vertx = Vertx.vertx();
  private final List<TestNode> nodes = new ArrayList<>();

  @Override
  protected SlowBackend open() {
    nodes.add(start("owner", 0));
    nodes.add(start("lender", 16L << 20));
    Until.until(() -> nodes.getFirst().sees("lender"), "they know each other");
    return nodes.getFirst().backend;
  }

  private TestNode start(String name, long lendLimit) {
    return new TestNode(
        new EventBusTransport(vertx, name),
        RamsterOptions.of(name, lendLimit)
            .withNodeId("id-" + name)
            .withStartedMillis(nodes.size() + 1L)
            .withTiming(QUICK));
  }

  @Override
  protected void release() {
    nodes.forEach(TestNode::close);
    Until.done(vertx.close());
  }
}
