package externalsort;

import dev.tmem.SwapArea;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.io.OutputStream;
import java.util.ArrayDeque;
import java.util.Queue;

/**
 * Writes bytes into consecutive pages of an area. Waits for a page to be kept only when many are
 * under way. Confined to one thread.
 */
final class PageOutput extends OutputStream {

  private static final int IN_FLIGHT = 16;

  private final SwapArea area;
  private final byte[] page;
  private final Queue<Future<Void>> stores = new ArrayDeque<>();
  private int filled;
  private long next;

  PageOutput(SwapArea area, long begin) {
    this.area = area;
    this.page = new byte[area.options().getPageSize()];
    this.next = begin;
  }

  /** The offset after the last page written. */
  long end() {
    return next;
  }

  @Override
  public void write(int value) {
    page[filled++] = (byte) value;
    if (filled == page.length) {
      store();
    }
  }

  @Override
  public void write(byte[] bytes, int from, int length) {
    int done = 0;
    while (done < length) {
      int part = Math.min(length - done, page.length - filled);
      System.arraycopy(bytes, from + done, page, filled, part);
      done += part;
      filled += part;
      if (filled == page.length) {
        store();
      }
    }
  }

  /** Completes when every page is kept. */
  @Override
  public void close() {
    if (filled > 0) {
      store();
    }
    while (!stores.isEmpty()) {
      stores.remove().await();
    }
  }

  private void store() {
    if (stores.size() == IN_FLIGHT) {
      stores.remove().await();
    }
    stores.add(area.store(next++, Buffer.buffer(filled).appendBytes(page, 0, filled)));
    filled = 0;
  }
}
