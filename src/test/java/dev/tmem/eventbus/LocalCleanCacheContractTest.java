package dev.tmem.eventbus;

import dev.tmem.ErrorCode;
import java.util.Set;

/** The contract of clean caches, kept by those of this process. */
class LocalCleanCacheContractTest extends CleanCacheContractTest {

  @Override
  Way wayTo(BusNode node) {
    return node.caches::open;
  }

  @Override
  Set<ErrorCode> ended() {
    return Set.of(ErrorCode.AREA_CLOSED);
  }
}
