package dev.tmem.ramster.channel;

import dev.tmem.ramster.protocol.WireLayout;
import io.vertx.core.buffer.Buffer;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Cuts what a socket delivers into a greeting and frames. A length is checked before it is
 * believed, so no more than one frame and one delivery are ever held. Confined to the socket's
 * event loop.
 */
final class FrameStream {

  private final Consumer<UUID> greeted;
  private final Consumer<Buffer> frames;

  /** What has come and is no whole unit yet; null: nothing. */
  private @Nullable Buffer begun;

  private boolean inFrames;

  /**
   * @param greeted gets the secret of the greeting, once
   * @param frames gets each frame that follows; a frame shares memory with others and must be read
   *     before the call returns
   */
  FrameStream(Consumer<UUID> greeted, Consumer<Buffer> frames) {
    this.greeted = greeted;
    this.frames = frames;
  }

  /**
   * Takes the next bytes.
   *
   * @throws ChannelException if they are not what they should be; the stream is of no use then
   */
  void take(Buffer bytes) throws ChannelException {
    Buffer all = begun == null ? bytes : begun.appendBuffer(bytes);
    int at = 0;
    for (int end = unitEnd(all, at); end <= all.length(); end = unitEnd(all, at)) {
      Buffer unit = all.slice(at, end);
      at = end;
      if (inFrames) {
        frames.accept(unit);
      } else {
        inFrames = true;
        greeted.accept(ChannelLayout.secret(unit));
      }
    }
    begun = at == all.length() ? null : all.getBuffer(at, all.length());
  }

  /** Where the unit that begins there ends; beyond the bytes if they do not even tell that. */
  private int unitEnd(Buffer bytes, int at) throws ChannelException {
    if (!inFrames) {
      return at + ChannelLayout.GREETING_BYTES;
    }
    boolean hasHead = bytes.length() - at >= WireLayout.BODY;
    return at + (hasHead ? ChannelLayout.frameLength(bytes, at) : WireLayout.BODY);
  }
}
