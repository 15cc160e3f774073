package dev.tmem.ramster.channel;

import dev.tmem.ramster.protocol.WireLayout;
import io.netty.buffer.ByteBuf;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.buffer.BufferInternal;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Cuts what a socket delivers into a greeting and frames. A length is checked before it is
 * believed, so no more than one frame and one delivery are ever held. Only a frame that comes in
 * several deliveries is copied, once, into memory of its own length. Confined to the socket's event
 * loop.
 */
final class FrameStream implements AutoCloseable {

  private final Consumer<UUID> greeted;
  private final Consumer<Buffer> frames;

  /** What has come of a unit that is not whole; null: nothing. */
  private @Nullable ByteBuf begun;

  private boolean inFrames;
  private boolean closed;

  /**
   * @param greeted gets the secret of the greeting, once
   * @param frames gets each frame that follows; its memory is used again as soon as the call
   *     returns
   */
  FrameStream(Consumer<UUID> greeted, Consumer<Buffer> frames) {
    this.greeted = greeted;
    this.frames = frames;
  }

  /**
   * Takes the next bytes, and lets go of them; after {@link #close} that is all.
   *
   * @throws ChannelException if they are not what they should be; the stream is of no use then
   */
  void take(ByteBuf bytes) throws ChannelException {
    try {
      while (!closed && bytes.isReadable()) {
        if (begun == null && isWhole(bytes)) {
          int length = unitBytes(bytes);
          emit(bytes.readSlice(length));
        } else {
          collect(bytes);
        }
      }
    } finally {
      bytes.release();
    }
  }

  private boolean isWhole(ByteBuf bytes) throws ChannelException {
    return bytes.readableBytes() >= headBytes() && bytes.readableBytes() >= unitBytes(bytes);
  }

  /** Copies as much as belongs to the unit that has begun: its head first, then the rest. */
  private void collect(ByteBuf bytes) throws ChannelException {
    ByteBuf unit = begun;
    if (unit == null) {
      boolean hasHead = bytes.readableBytes() >= headBytes();
      unit = bytes.alloc().directBuffer(hasHead ? unitBytes(bytes) : headBytes());
      begun = unit;
    }
    int head = headBytes();
    if (unit.readableBytes() < head) {
      copy(bytes, unit, head);
      if (unit.readableBytes() < head) {
        return;
      }
      unit.ensureWritable(unitBytes(unit) - head);
    }
    int whole = unitBytes(unit);
    copy(bytes, unit, whole);
    if (unit.readableBytes() == whole) {
      begun = null;
      try {
        emit(unit);
      } finally {
        unit.release();
      }
    }
  }

  private static void copy(ByteBuf from, ByteBuf to, int wanted) {
    to.writeBytes(from, Math.min(wanted - to.readableBytes(), from.readableBytes()));
  }

  private void emit(ByteBuf unit) throws ChannelException {
    Buffer whole = BufferInternal.buffer(unit);
    if (inFrames) {
      frames.accept(whole);
    } else {
      UUID secret = ChannelLayout.secret(whole);
      inFrames = true;
      greeted.accept(secret);
    }
  }

  /** Bytes that tell how long a unit is. */
  private int headBytes() {
    return inFrames ? WireLayout.BODY : ChannelLayout.GREETING_BYTES;
  }

  /** Bytes of the unit whose head has come. */
  private int unitBytes(ByteBuf bytes) throws ChannelException {
    return inFrames
        ? ChannelLayout.frameLength(bytes, bytes.readerIndex())
        : ChannelLayout.GREETING_BYTES;
  }

  /** Lets go of a unit that will not become whole. */
  @Override
  public void close() {
    closed = true;
    ByteBuf unit = begun;
    begun = null;
    if (unit != null) {
      unit.release();
    }
  }
}
