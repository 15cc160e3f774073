package directory;

import dev.tmem.Options;
import dev.tmem.backend.Backend;
import dev.tmem.backend.BackendProvider;
import dev.tmem.backend.BackendSetting;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.util.Set;

/** Makes {@link DirectoryBackend}s of a node's configuration. */
public final class DirectoryProvider implements BackendProvider {

  private static final String DEFAULT_LIMIT = "1g";

  /** For {@link java.util.ServiceLoader}. */
  public DirectoryProvider() {}

  @Override
  public String type() {
    return "directory";
  }

  /** Options: {@code folder} (one of its own in the node's data folder), {@code limit} (1g). */
  @Override
  @SuppressWarnings("NullAway") // what is made is never null
  public Future<Backend> create(BackendSetting setting) {
    JsonObject options = setting.options();
    Options.checkKeys("backend " + setting.name(), options, Set.of("folder", "limit"));
    long limit = Options.bytes("limit", options.getValue("limit", DEFAULT_LIMIT));
    String given = options.getString("folder");
    Path folder = given == null ? setting.dataFolder().resolve(setting.name()) : Path.of(given);
    return setting
        .vertx()
        .executeBlocking(
            () -> DirectoryBackend.open(setting.vertx(), setting.name(), folder, limit));
  }
}
