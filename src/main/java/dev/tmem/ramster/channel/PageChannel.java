package dev.tmem.ramster.channel;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.net.NetSocketInternal;
import io.vertx.core.net.NetSocket;
import java.util.concurrent.atomic.AtomicLong;

/** A socket to one peer over which frames go both ways. Thread-safe. */
final class PageChannel {

  /** More than that is not queued for a peer that does not read; in bytes. */
  static final long PENDING_BYTES_MAX = 16L << 20;

  private final String address;
  private final NetSocket socket;
  private final AtomicLong pendingBytes = new AtomicLong();

  PageChannel(String address, NetSocket socket) {
    this.address = address;
    this.socket = socket;
  }

  /** The peer's, on the event bus. */
  String address() {
    return address;
  }

  /** Sends a frame, or loses it if the peer has not read too many before it. */
  void send(Buffer frame) {
    int length = frame.length();
    if (pendingBytes.addAndGet(length) > PENDING_BYTES_MAX) {
      pendingBytes.addAndGet(-length);
      return;
    }
    socket.write(frame).onComplete(written -> pendingBytes.addAndGet(-length));
  }

  long pendingBytes() {
    return pendingBytes.get();
  }

  /** Ends it at once; what is queued for a peer that does not read is not waited for. */
  void close() {
    ((NetSocketInternal) socket).channelHandlerContext().channel().unsafe().closeForcibly();
  }
}
