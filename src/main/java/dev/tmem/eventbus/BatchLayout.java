package dev.tmem.eventbus;

import dev.tmem.ErrorCode;
import dev.tmem.TmemException;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The body of a batch, big-endian. Pages:
 *
 * <pre>
 *  0        8       12         12+length
 * +--------+--------+---------+--------+ - -
 * | offset | length |  bytes  | offset |   and so on
 * | int64  | int32  |         |        |
 * +--------+--------+---------+--------+ - -
 * </pre>
 *
 * A length of -1 stands for a page that is absent; no bytes follow. Where offsets alone are meant,
 * the body is a row of int64.
 */
final class BatchLayout {

  static final int OFFSET_BYTES = Long.BYTES;
  static final int HEADER_BYTES = OFFSET_BYTES + Integer.BYTES;
  static final int ABSENT = -1;

  /** Pages of one message at the most. */
  static final int MAX_PAGES = 4096;

  private BatchLayout() {}

  /** The pages of a body that was decoded. */
  record Batch(List<Long> offsets, List<@Nullable Buffer> pages) {

    long[] offsetArray() {
      return offsets.stream().mapToLong(Long::longValue).toArray();
    }
  }

  static Buffer encode(long[] offsets, List<? extends @Nullable Buffer> pages) {
    int bytes = offsets.length * HEADER_BYTES;
    for (Buffer page : pages) {
      bytes += page == null ? 0 : page.length();
    }
    Buffer body = Buffer.buffer(bytes);
    for (int i = 0; i < offsets.length; i++) {
      Buffer page = pages.get(i);
      body.appendLong(offsets[i]);
      if (page == null) {
        body.appendInt(ABSENT);
      } else {
        body.appendInt(page.length()).appendBuffer(page);
      }
    }
    return body;
  }

  static Batch decode(Buffer body) {
    List<Long> offsets = new ArrayList<>();
    List<@Nullable Buffer> pages = new ArrayList<>();
    int at = 0;
    while (at < body.length()) {
      if (body.length() - at < HEADER_BYTES) {
        throw malformed("a batch ends within an entry, at byte " + at + " of " + body.length());
      }
      int length = body.getInt(at + OFFSET_BYTES);
      if (length < ABSENT || length > body.length() - at - HEADER_BYTES) {
        throw malformed(
            "an entry of a batch has length " + length + " at byte " + at + " of " + body.length());
      }
      if (offsets.size() == MAX_PAGES) {
        throw malformed("a batch has more than " + MAX_PAGES + " pages");
      }
      offsets.add(body.getLong(at));
      at += HEADER_BYTES;
      // A copy: a slice would keep the whole message in memory as long as one page of it.
      pages.add(length == ABSENT ? null : body.getBuffer(at, at + length));
      at += Math.max(length, 0);
    }
    return new Batch(offsets, pages);
  }

  static Buffer encodeOffsets(long[] offsets) {
    Buffer body = Buffer.buffer(offsets.length * OFFSET_BYTES);
    for (long offset : offsets) {
      body.appendLong(offset);
    }
    return body;
  }

  static long[] decodeOffsets(Buffer body) {
    if (body.length() % OFFSET_BYTES != 0) {
      throw malformed("a row of offsets has " + body.length() + " bytes, not a multiple of 8");
    }
    long[] offsets = new long[body.length() / OFFSET_BYTES];
    for (int i = 0; i < offsets.length; i++) {
      offsets[i] = body.getLong(i * OFFSET_BYTES);
    }
    return offsets;
  }

  private static TmemException malformed(String message) {
    return new TmemException(ErrorCode.MALFORMED_MESSAGE, message);
  }
}
