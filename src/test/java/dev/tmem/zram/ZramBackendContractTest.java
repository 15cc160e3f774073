package dev.tmem.zram;

import dev.tmem.backend.RamBackend;
import dev.tmem.backend.RamBackendContractTest;

class ZramBackendContractTest extends RamBackendContractTest {

  private final ZramFixture fixture = new ZramFixture(16L << 20);

  @Override
  protected RamBackend open() {
    return fixture.zram;
  }

  @Override
  protected void release() {
    fixture.pool.close();
  }
}
