package externalsort;

import dev.tmem.SwapArea;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/**
 * Reads the bytes of a run, one page ahead, and gives each page up as soon as it has been read.
 * Confined to one thread.
 */
final class PageInput extends InputStream {

  private final SwapArea area;
  private final Run run;

  /** The page at {@code next - 1}, being read. */
  private Buffer page = Buffer.buffer();

  private int position;
  private long next;

  /** The page at {@code next}, on its way; null after the last. */
  private @Nullable Future<@Nullable Buffer> ahead;

  PageInput(SwapArea area, Run run) {
    this.area = area;
    this.run = run;
    this.next = run.begin();
    this.ahead = load();
  }

  @Override
  public int read() {
    return fill() ? page.getByte(position++) & 0xff : -1;
  }

  @Override
  public int read(byte[] into, int from, int length) {
    if (length == 0) {
      return 0;
    }
    if (!fill()) {
      return -1;
    }
    int part = Math.min(length, page.length() - position);
    page.getBytes(position, position + part, into, from);
    position += part;
    return part;
  }

  /** Makes sure that there is a byte to read; false at the end of the run. */
  private boolean fill() {
    if (position < page.length()) {
      return true;
    }
    if (ahead == null) {
      return false;
    }
    Buffer arrived = ahead.await();
    if (arrived == null) {
      throw new IllegalStateException("page " + next + " of the run is not there");
    }
    area.invalidatePage(next).await();
    page = arrived;
    position = 0;
    next++;
    ahead = load();
    return true;
  }

  private @Nullable Future<@Nullable Buffer> load() {
    return next < run.end() ? area.load(next) : null;
  }
}
