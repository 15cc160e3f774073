package firststeps;

import dev.tmem.SwapArea;
import dev.tmem.SwapAreaOptions;
import dev.tmem.Tmem;
import dev.tmem.TmemOptions;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;

/** Starts a node in this process, keeps a page, brings it back, and leaves. */
public final class FirstSteps {

  private FirstSteps() {}

  public static void main(String[] args) {
    // begin
    Vertx vertx = Vertx.vertx();
    Tmem tmem = Tmem.start(vertx, new TmemOptions().setMemoryLimit(64L << 20)).await();
    SwapArea area = tmem.swapOn("pages", new SwapAreaOptions()).await();

    area.store(7, Buffer.buffer("a page of up to 4096 bytes")).await();
    Buffer page = area.load(7).await(); // null if there were none
    System.out.println(page);

    area.invalidatePage(7).await();
    tmem.close().await();
    vertx.close().await();
    // end
  }
}
