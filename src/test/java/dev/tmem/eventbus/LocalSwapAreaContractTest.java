package dev.tmem.eventbus;

import dev.tmem.ErrorCode;
import dev.tmem.SwapArea;
import dev.tmem.SwapAreaOptions;
import io.vertx.core.Future;
import java.util.Set;

/** The contract of swap areas, kept by those of this process. */
class LocalSwapAreaContractTest extends SwapAreaContractTest {

  @Override
  Way wayTo(BusNode node) {
    return new Way() {
      @Override
      Future<SwapArea> swapOn(String name, SwapAreaOptions options) {
        return node.areas.swapOn(name, options);
      }

      @Override
      Future<SwapArea> area(String name) {
        return node.areas.attach(name);
      }
    };
  }

  @Override
  Set<ErrorCode> ended() {
    return Set.of(ErrorCode.AREA_CLOSED);
  }
}
