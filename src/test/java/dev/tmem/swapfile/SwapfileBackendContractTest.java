package dev.tmem.swapfile;

import dev.tmem.backend.SlowBackend;
import dev.tmem.backend.SlowBackendContractTest;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.io.TempDir;

class SwapfileBackendContractTest extends SlowBackendContractTest {

  @TempDir Path folder = Path.of("");
  private @Nullable Rig rig;

  @Override
  protected SlowBackend open() {
    Rig opened = new Rig(folder.resolve("swap"), 64);
    rig = opened;
    return opened.backend;
  }

  @Override
  protected void release() {
    if (rig != null) {
      rig.scheduler.close();
    }
  }
}
