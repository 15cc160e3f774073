package dev.tmem.ramster;

import dev.tmem.ramster.protocol.WireLayout;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.util.function.Consumer;

/**
 * One transport for two kinds of frames: those of peers that lend each other RAM, and those of
 * shared caches. All have the head of {@link WireLayout}; the type in it tells them apart.
 *
 * <p>The transport begins when the peers' part is opened, and ends when that is closed.
 *
 * <p>Thread-safe.
 */
public final class FrameSplit {

  /** The types of frames from this one to {@link #LAST_CACHE_TYPE} are those of shared caches. */
  public static final int FIRST_CACHE_TYPE = 64;

  public static final int LAST_CACHE_TYPE = 79;

  private final Transport transport;
  private volatile Consumer<Buffer> cacheFrames = frame -> {};
  private volatile Consumer<String> cacheLost = address -> {};

  public FrameSplit(Transport transport) {
    this.transport = transport;
  }

  /** What carries the frames of peers. */
  public Transport peers() {
    return new Part() {
      @Override
      public Future<Void> open(Consumer<Buffer> frames, Consumer<String> lost) {
        return transport.open(
            frame -> {
              if (isCacheFrame(frame)) {
                cacheFrames.accept(frame.getBuffer(0, frame.length()));
              } else {
                frames.accept(frame);
              }
            },
            address -> {
              lost.accept(address);
              cacheLost.accept(address);
            });
      }

      @Override
      public Future<Void> close() {
        return transport.close();
      }
    };
  }

  /**
   * What carries the frames of shared caches; to be opened after the peers' part or before. Pages
   * in them go to whoever asked for them, so frames have memory of their own.
   */
  public Transport caches() {
    return new Part() {
      @Override
      public Future<Void> open(Consumer<Buffer> frames, Consumer<String> lost) {
        cacheFrames = frames;
        cacheLost = lost;
        return Future.succeededFuture();
      }

      @Override
      public Future<Void> close() {
        cacheFrames = frame -> {};
        cacheLost = address -> {};
        return Future.succeededFuture();
      }
    };
  }

  /** What has no head that is right is for the peers' part, which counts it and says so. */
  private static boolean isCacheFrame(Buffer frame) {
    if (frame.length() < WireLayout.BODY
        || frame.getInt(WireLayout.MAGIC) != WireLayout.MAGIC_VALUE
        || frame.getUnsignedByte(WireLayout.VERSION) != WireLayout.VERSION_VALUE
        || frame.getInt(WireLayout.BODY_LENGTH) != frame.length() - WireLayout.BODY) {
      return false;
    }
    int type = frame.getUnsignedByte(WireLayout.TYPE);
    return type >= FIRST_CACHE_TYPE && type <= LAST_CACHE_TYPE;
  }

  /** Sends as the transport does. */
  private abstract class Part implements Transport {

    @Override
    public String localAddress() {
      return transport.localAddress();
    }

    @Override
    public Buffer memory(String address, int bytes) {
      return transport.memory(address, bytes);
    }

    @Override
    public void send(String address, Buffer frame) {
      transport.send(address, frame);
    }

    @Override
    public String link(String address) {
      return transport.link(address);
    }

    @Override
    public long refused() {
      return transport.refused();
    }

    @Override
    public void broadcast(Buffer frame) {
      transport.broadcast(frame);
    }
  }
}
