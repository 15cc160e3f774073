package directory;

import dev.tmem.BackendInfo;
import dev.tmem.SwapArea;
import dev.tmem.SwapAreaOptions;
import dev.tmem.Tmem;
import dev.tmem.TmemOptions;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.util.List;

/** A node with a directory for what does not fit in RAM: its pages go there and come back. */
public final class Attic {

  private static final int PAGES = 2_000;

  private Attic() {}

  /**
   * @param arguments the folder for the pages
   */
  public static void main(String[] arguments) {
    JsonObject attic = new JsonObject().put("provider", "directory").put("folder", arguments[0]);
    TmemOptions options =
        new TmemOptions()
            .setMemoryLimit(32L << 20)
            .setSwapFileSize(0)
            .setBackends(new JsonObject().put("attic", attic))
            .setTiers(List.of("zram", "attic"));
    Vertx vertx = Vertx.vertx();
    Tmem tmem = Tmem.start(vertx, options).await();
    SwapArea area = tmem.swapOn("pages", new SwapAreaOptions()).await();
    for (int i = 0; i < PAGES; i++) {
      area.store(i, page(i)).await();
    }
    tmem.admin("shrink", new JsonObject().put("backend", "zram").put("pages", 0)).await();
    BackendInfo kept = tmem.backends().list().await().getLast();
    System.out.println(kept.pages() + " pages in " + kept.name());
    for (int i = 0; i < PAGES; i++) {
      if (!page(i).equals(area.load(i).await())) {
        throw new IllegalStateException("page " + i + " is not what it was");
      }
    }
    tmem.backends().deregister("attic").await();
    System.out.println("all are right; " + area.pages().await() + " pages without the attic");
    tmem.close().await();
    vertx.close().await();
  }

  private static Buffer page(int i) {
    return Buffer.buffer(("what page " + i + " says, ").repeat(100));
  }
}
