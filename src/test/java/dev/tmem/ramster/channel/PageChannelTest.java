package dev.tmem.ramster.channel;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.ReferenceCountUtil;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.net.NetSocketInternal;
import java.lang.reflect.Proxy;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** When frames that are sent on the event loop are written. */
class PageChannelTest {

  private final ChannelInboundHandlerAdapter end = new ChannelInboundHandlerAdapter();
  private final EmbeddedChannel wire = new EmbeddedChannel(end);
  private final ChannelHandlerContext context = wire.pipeline().context(end);
  private final PageChannel channel = new PageChannel("peer", socket(), new FrameMemory());

  @AfterEach
  void close() {
    wire.finishAndReleaseAll();
  }

  /** Takes messages as a socket does that is being read: they are written when that is over. */
  private NetSocketInternal socket() {
    return (NetSocketInternal)
        Proxy.newProxyInstance(
            getClass().getClassLoader(),
            new Class<?>[] {NetSocketInternal.class},
            (proxy, method, arguments) ->
                switch (method.getName()) {
                  case "channelHandlerContext" -> context;
                  case "writeMessage" -> {
                    ChannelFuture write = context.write(arguments[0]);
                    yield write.isCancelled()
                        ? Future.failedFuture("cancelled")
                        : Future.succeededFuture();
                  }
                  default -> throw new AssertionError(method);
                });
  }

  private int written() {
    int frames = 0;
    for (ByteBuf frame = wire.readOutbound(); frame != null; frame = wire.readOutbound()) {
      frames++;
      ReferenceCountUtil.release(frame);
    }
    return frames;
  }

  @Test
  void aFewFramesWaitForWhoReads() {
    for (int i = 1; i < PageChannel.FRAMES_AT_ONCE; i++) {
      channel.send(Buffer.buffer("frame"));
    }
    assertEquals(0, written());
  }

  @Test
  void manyFramesAreWrittenBeforeTheyAreAllThere() {
    for (int round = 0; round < 3; round++) {
      for (int i = 0; i < PageChannel.FRAMES_AT_ONCE; i++) {
        assertEquals(0, written());
        channel.send(Buffer.buffer("frame"));
      }
      assertEquals(PageChannel.FRAMES_AT_ONCE, written());
    }
  }

  @Test
  void soAreManyBytes() {
    Buffer large = Buffer.buffer(new byte[20 << 10]);
    channel.send(large.copy());
    assertEquals(0, written());
    channel.send(large.copy());
    assertEquals(2, written());
    channel.send(large.copy());
    assertEquals(0, written());
  }
}
