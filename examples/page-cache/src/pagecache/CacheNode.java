package pagecache;

import com.hazelcast.config.Config;
import dev.tmem.CleanCacheOptions;
import dev.tmem.ObjectKey;
import dev.tmem.SharedCleanCache;
import dev.tmem.Tmem;
import dev.tmem.TmemOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.EventBusOptions;
import io.vertx.core.http.HttpClient;
import io.vertx.core.json.JsonObject;
import io.vertx.spi.cluster.hazelcast.ConfigUtil;
import io.vertx.spi.cluster.hazelcast.HazelcastClusterManager;
import java.nio.file.Path;
import java.util.UUID;

/** One node of the service: what it brings comes from the cache that all nodes share. */
final class CacheNode implements AutoCloseable {

  /** The same in every node: it names the cache. */
  private static final UUID PAGES = UUID.fromString("3f0c7e5a-52a1-4b7e-9a0e-6f1d2c3b4a59");

  private static final String HOST = "127.0.0.1";
  private static final int PAGE_BYTES = 1 << 16;
  private static final int TEN_MINUTES = 600;

  private final SlowService service;
  private final Vertx vertx;
  private final Tmem tmem;
  private final SharedCleanCache cache;
  private final HttpClient client;

  /**
   * @param firstPort of the nodes of the cluster, which listen side by side
   * @param folder where the node keeps its data
   */
  CacheNode(SlowService service, String name, int firstPort, Path folder) {
    this.service = service;
    vertx =
        Vertx.builder()
            .with(new VertxOptions().setEventBusOptions(new EventBusOptions().setHost(HOST)))
            .withClusterManager(new HazelcastClusterManager(cluster(firstPort)))
            .buildClustered()
            .await();
    TmemOptions options =
        new TmemOptions()
            .setName(name)
            .setDataFolder(folder.resolve(name).toString())
            .setMemoryLimit(64L << 20)
            .setSwapFileSize(0);
    tmem = Tmem.start(vertx, options).await();
    CleanCacheOptions pages =
        new CleanCacheOptions().setPageSize(PAGE_BYTES).setTimeToLiveSeconds(TEN_MINUTES);
    cache = tmem.sharedCleanCache(PAGES, pages).await();
    client = vertx.createHttpClient();
  }

  private static Config cluster(int firstPort) {
    Config config = ConfigUtil.loadConfig().setClusterName("page-cache-" + firstPort);
    config.setProperty("hazelcast.logging.type", "slf4j");
    config.setProperty("hazelcast.phone.home.enabled", "false");
    config.setProperty("hazelcast.wait.seconds.before.join", "0");
    config.getNetworkConfig().setPort(firstPort).setPortAutoIncrement(true);
    config.getNetworkConfig().getInterfaces().setEnabled(true).addInterface(HOST);
    config.getNetworkConfig().getJoin().getMulticastConfig().setEnabled(false);
    config.getNetworkConfig().getJoin().getAutoDetectionConfig().setEnabled(false);
    config
        .getNetworkConfig()
        .getJoin()
        .getTcpIpConfig()
        .setEnabled(true)
        .addMember(HOST + ":" + firstPort);
    return config;
  }

  /** How many nodes keep pages, as this one sees it. */
  int homes() {
    JsonObject shared = tmem.admin("shared", new JsonObject()).await();
    return shared.getBoolean("lease") ? shared.getJsonArray("members").size() : 0;
  }

  /** Brings a page: from the cache, or from the service if no node is asking it already. */
  Future<Buffer> page(String path) {
    return cache.getOrLoad(ObjectKey.of(path), 0, () -> service.fetch(client, path));
  }

  /** The page has changed: nobody reads the old one after this. */
  Future<Void> changed(String path) {
    return cache.invalidateObject(ObjectKey.of(path));
  }

  @Override
  public void close() {
    cache.close().await();
    tmem.close().await();
    vertx.close().await();
  }
}
