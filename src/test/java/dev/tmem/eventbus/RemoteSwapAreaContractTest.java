package dev.tmem.eventbus;

import dev.tmem.ErrorCode;
import dev.tmem.SwapArea;
import dev.tmem.SwapAreaOptions;
import dev.tmem.Tmem;
import io.vertx.core.Future;
import java.util.Set;

/** The contract of swap areas, kept by those of another node. */
class RemoteSwapAreaContractTest extends SwapAreaContractTest {

  @Override
  Way wayTo(BusNode node) {
    Tmem client = BusNode.get(RemoteTmem.connect(node.vertx, "n1"));
    return new Way() {
      @Override
      Future<SwapArea> swapOn(String name, SwapAreaOptions options) {
        return client.swapOn(name, options);
      }

      @Override
      Future<SwapArea> area(String name) {
        return client.area(name);
      }
    };
  }

  @Override
  Set<ErrorCode> ended() {
    return Set.of(ErrorCode.AREA_CLOSED, ErrorCode.AREA_GONE);
  }
}
