package dev.tmem.ramster.channel;

import io.netty.buffer.ByteBuf;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.buffer.BufferInternal;
import io.vertx.core.internal.net.NetSocketInternal;
import io.vertx.core.net.NetSocket;
import java.util.concurrent.atomic.AtomicLong;

/** A socket to one peer over which frames go both ways. Thread-safe. */
final class PageChannel {

  /** More than that is not queued for a peer that does not read; in bytes. */
  static final long PENDING_BYTES_MAX = 16L << 20;

  private final String address;
  private final NetSocketInternal socket;
  private final FrameMemory memory;
  private final AtomicLong pendingBytes = new AtomicLong();

  /**
   * @param memory where the memory of frames goes when they are sent
   */
  PageChannel(String address, NetSocket socket, FrameMemory memory) {
    this.memory = memory;
    this.address = address;
    this.socket = (NetSocketInternal) socket;
  }

  /** The peer's, on the event bus. */
  String address() {
    return address;
  }

  /** Sends a frame, or loses it if the peer has not read too many before it. */
  void send(Buffer frame) {
    int length = frame.length();
    ByteBuf bytes = ((BufferInternal) frame).unwrap();
    if (pendingBytes.addAndGet(length) > PENDING_BYTES_MAX) {
      pendingBytes.addAndGet(-length);
      memory.giveBack(bytes);
      return;
    }
    // the socket lets go of it when it is written, and then it is ours alone again
    socket
        .writeMessage(bytes.retain())
        .onComplete(written -> {
          pendingBytes.addAndGet(-length);
          memory.giveBack(bytes);
        });
  }

  long pendingBytes() {
    return pendingBytes.get();
  }

  /** Ends it at once; what is queued for a peer that does not read is not waited for. */
  void close() {
    socket.channelHandlerContext().channel().unsafe().closeForcibly();
  }
}
