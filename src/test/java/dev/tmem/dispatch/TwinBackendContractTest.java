package dev.tmem.dispatch;

import dev.tmem.backend.LossDomain;
import dev.tmem.backend.SlowBackend;
import dev.tmem.backend.SlowBackendContractTest;

/** The stand-in of the other tests keeps the contract on good days. */
class TwinBackendContractTest extends SlowBackendContractTest {

  private final ThreadScheduler scheduler = new ThreadScheduler(2);

  @Override
  protected SlowBackend open() {
    return new TwinBackend("twin", 300, LossDomain.NODE, scheduler);
  }

  @Override
  protected void release() {
    scheduler.close();
  }
}
