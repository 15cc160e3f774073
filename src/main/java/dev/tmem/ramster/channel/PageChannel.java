package dev.tmem.ramster.channel;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.buffer.BufferInternal;
import io.vertx.core.internal.net.NetSocketInternal;
import io.vertx.core.net.NetSocket;
import java.util.concurrent.atomic.AtomicLong;

/** A socket to one peer over which frames go both ways. Thread-safe. */
final class PageChannel {

  /** More than that is not queued for a peer that does not read; in bytes. */
  static final long PENDING_BYTES_MAX = 16L << 20;

  /**
   * What is sent in answer to one delivery of the socket is written when the delivery has been
   * taken; but no later than after so many frames, or so many bytes. Else the two nodes would work
   * by turns: one would have nothing to do while the other takes a hundred frames in a row.
   */
  static final int FRAMES_AT_ONCE = 16;

  private static final int BYTES_AT_ONCE = 32 << 10;

  private final String address;
  private final NetSocketInternal socket;
  private final FrameMemory memory;
  private final AtomicLong pendingBytes = new AtomicLong();

  /** Frames sent on the event loop since it was last told to write. Confined to it. */
  private int frames;

  /** Bytes of them. Confined to the event loop. */
  private int bytes;

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
    ByteBuf buf = ((BufferInternal) frame).unwrap();
    if (pendingBytes.addAndGet(length) > PENDING_BYTES_MAX) {
      pendingBytes.addAndGet(-length);
      memory.giveBack(buf);
      return;
    }
    // the socket lets go of it when it is written, and then it is ours alone again
    socket
        .writeMessage(buf.retain())
        .onComplete(written -> {
          pendingBytes.addAndGet(-length);
          memory.giveBack(buf);
        });
    pace(length);
  }

  /** Of frames sent on other threads the event loop takes as many as there are, and writes them. */
  private void pace(int length) {
    ChannelHandlerContext channel = socket.channelHandlerContext();
    if (!channel.executor().inEventLoop()) {
      return;
    }
    frames++;
    bytes += length;
    if (frames >= FRAMES_AT_ONCE || bytes >= BYTES_AT_ONCE) {
      frames = 0;
      bytes = 0;
      channel.flush();
    }
  }

  long pendingBytes() {
    return pendingBytes.get();
  }

  /** Ends it at once; what is queued for a peer that does not read is not waited for. */
  void close() {
    socket.channelHandlerContext().channel().unsafe().closeForcibly();
  }
}
