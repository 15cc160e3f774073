package dev.tmem.cli.bench;

import io.netty.buffer.Unpooled;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.buffer.BufferInternal;
import java.nio.ByteBuffer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Makes the frames of the bare side, and cuts what a socket delivers into them. Confined to one
 * thread.
 */
final class BareFrames {

  private final Consumer<Buffer> frames;
  private @Nullable Buffer begun;

  /**
   * @param frames gets each frame, to be read before the call returns
   */
  BareFrames(Consumer<Buffer> frames) {
    this.frames = frames;
  }

  /** Takes what the socket delivers next. */
  void take(Buffer bytes) {
    Buffer all = begun == null ? bytes : begun.appendBuffer(bytes);
    int at = 0;
    while (all.length() - at >= Integer.BYTES && all.length() - at >= all.getInt(at)) {
      int end = at + all.getInt(at);
      frames.accept(all.slice(at, end));
      at = end;
    }
    begun = at == all.length() ? null : all.getBuffer(at, all.length());
  }

  // ---- Frames

  static Buffer get(int number) {
    return frame(head(BareFrameLayout.GET_BYTES, BareFrameLayout.GET, number));
  }

  static Buffer getAnswer(PackedPages packed, int number) {
    int length = packed.length(number);
    byte[] frame = head(BareFrameLayout.ANSWER_ZPAGE + length, BareFrameLayout.GET, number);
    packed.chunk(number).get(packed.at(number), frame, BareFrameLayout.ANSWER_ZPAGE, length);
    return frame(frame);
  }

  static Buffer page(int number) {
    return frame(head(BareFrameLayout.PAGE_REQUEST_BYTES, BareFrameLayout.PAGE, number));
  }

  static Buffer pageAnswer(PackedPages packed, int number) {
    int length = packed.length(number);
    byte[] frame = head(BareFrameLayout.ANSWER_PAGE + length, BareFrameLayout.PAGE, number);
    packed.chunk(number).get(packed.at(number), frame, BareFrameLayout.ANSWER_PAGE, length);
    return frame(frame);
  }

  /** The page of an answer to a PAGE, still compressed. */
  static Buffer pageOf(Buffer answer) {
    return answer.getBuffer(BareFrameLayout.ANSWER_PAGE, answer.length());
  }

  /** Bytes that a page takes in a PUT. */
  static int putEntryBytes(PackedPages packed, int number) {
    return BareFrameLayout.ENTRY_HEAD_BYTES + packed.length(number);
  }

  /**
   * @param to the position after the last page
   * @param bytes of their entries together
   */
  static Buffer put(PackedPages packed, int[] numbers, int from, int to, int bytes) {
    byte[] frame = head(BareFrameLayout.ENTRIES + bytes, BareFrameLayout.PUT, to - from);
    ByteBuffer out = ByteBuffer.wrap(frame);
    int at = BareFrameLayout.ENTRIES;
    for (int i = from; i < to; i++) {
      int length = packed.length(numbers[i]);
      out.putInt(at, length);
      at += BareFrameLayout.ENTRY_HEAD_BYTES;
      packed.chunk(numbers[i]).get(packed.at(numbers[i]), frame, at, length);
      at += length;
    }
    return frame(frame);
  }

  static Buffer putAnswer(int pages) {
    return frame(head(BareFrameLayout.putAnswerBytes(pages), BareFrameLayout.PUT, pages));
  }

  private static byte[] head(int length, int kind, int count) {
    byte[] frame = new byte[length];
    ByteBuffer.wrap(frame).putInt(length).putInt(kind).putInt(count);
    return frame;
  }

  /** Without a copy. */
  private static Buffer frame(byte[] bytes) {
    return BufferInternal.buffer(Unpooled.wrappedBuffer(bytes));
  }

  /** Decompresses the page of an answer to a GET. */
  static Buffer page(BareCodec codec, Buffer answer) {
    return restored(codec, answer, BareFrameLayout.ANSWER_ZPAGE);
  }

  /** Decompresses a page. */
  static Buffer restored(BareCodec codec, Buffer zpage) {
    return restored(codec, zpage, 0);
  }

  private static Buffer restored(BareCodec codec, Buffer buffer, int from) {
    byte[] page = new byte[Corpus.PAGE_BYTES];
    ByteBuffer bytes = ((BufferInternal) buffer).getByteBuf().nioBuffer();
    codec.decompress(bytes, from, buffer.length() - from, ByteBuffer.wrap(page), 0);
    return frame(page);
  }
}
