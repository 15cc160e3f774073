package dev.tmem.ramster.channel;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.buffer.BufferInternal;
import java.nio.ByteBuffer;
import java.util.Queue;
import java.util.concurrent.ArrayBlockingQueue;
import org.jspecify.annotations.Nullable;

/**
 * Memory for frames that a socket sends without a copy, used again and again. What is small is not
 * worth it, and when all of it is on its way a frame lies on the heap.
 *
 * <p>Thread-safe: the queue of what is idle.
 */
final class FrameMemory {

  /** A full batch fits. */
  private static final int BYTES = 64 << 10;

  private static final int SMALL_BYTES = 4 << 10;

  /** Pieces that are kept: some batches are written while the next ones are made. */
  private static final int IDLE_MAX = 8;

  private final Queue<ByteBuf> idle = new ArrayBlockingQueue<>(IDLE_MAX);

  /** For one frame of at most so many bytes. */
  Buffer take(int bytes) {
    if (bytes < SMALL_BYTES || bytes > BYTES) {
      return Buffer.buffer(bytes);
    }
    @Nullable ByteBuf used = idle.poll();
    ByteBuf memory = used == null ? Unpooled.wrappedBuffer(ByteBuffer.allocateDirect(BYTES)) : used;
    return BufferInternal.buffer(memory.clear());
  }

  /** A frame that will not be sent with it has memory of its own. */
  Buffer moveOut(Buffer frame) {
    ByteBuf memory = ((BufferInternal) frame).unwrap();
    if (!memory.isDirect()) {
      return frame;
    }
    Buffer copy = frame.getBuffer(0, frame.length());
    giveBack(memory);
    return copy;
  }

  /** Memory that was taken here, or elsewhere. */
  void giveBack(ByteBuf memory) {
    if (memory.isDirect()) {
      idle.offer(memory);
    }
  }
}
