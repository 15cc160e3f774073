package externalsort;

import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;

/**
 * Lines of a stream, as bytes without their line feed. A line may be longer than any buffer or page
 * below: it is put together here, and needs only to fit the heap. Confined to one thread.
 */
final class Lines implements Closeable {

  static final byte END = '\n';

  private final InputStream in;
  private final byte[] chunk = new byte[8192];
  private int position;
  private int limit;
  private byte[] line = {};

  Lines(InputStream in) {
    this.in = in;
  }

  /** Goes on to the next line; false at the end. A last line without a line feed counts. */
  boolean next() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(64);
    boolean begun = false;
    while (fill()) {
      begun = true;
      int from = position;
      while (position < limit && chunk[position] != END) {
        position++;
      }
      bytes.write(chunk, from, position - from);
      if (position < limit) {
        position++;
        break;
      }
    }
    line = bytes.toByteArray();
    return begun;
  }

  /** The line that {@link #next} went on to. */
  byte[] line() {
    return line;
  }

  private boolean fill() throws IOException {
    if (position == limit) {
      position = 0;
      limit = Math.max(0, in.read(chunk, 0, chunk.length));
    }
    return position < limit;
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
