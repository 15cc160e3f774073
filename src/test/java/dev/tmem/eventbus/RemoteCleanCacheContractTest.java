package dev.tmem.eventbus;

import dev.tmem.ErrorCode;
import dev.tmem.Tmem;
import java.util.Set;

/** The contract of clean caches, kept by those of another node. */
class RemoteCleanCacheContractTest extends CleanCacheContractTest {

  @Override
  Way wayTo(BusNode node) {
    Tmem client = BusNode.get(RemoteTmem.connect(node.vertx, "n1"));
    return client::cleanCache;
  }

  @Override
  Set<ErrorCode> ended() {
    return Set.of(ErrorCode.AREA_CLOSED, ErrorCode.AREA_GONE);
  }
}
