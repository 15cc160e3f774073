package directory;

import dev.tmem.backend.SlowBackend;
import dev.tmem.backend.SlowBackendContractTest;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.io.TempDir;

/** The example keeps the contract. */
class DirectoryBackendContractTest extends SlowBackendContractTest {

  @TempDir Path folder = Path.of("");
  private final Vertx vertx = Vertx.vertx();

  @Override
  protected SlowBackend open() throws IOException {
    return DirectoryBackend.open(vertx, "attic", folder, 64L << 20);
  }

  @Override
  protected void release() throws Exception {
    vertx.close().toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
  }
}
