package dev.tmem.ramster.channel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.buffer.BufferInternal;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class FrameMemoryTest {

  private static final int BATCH_BYTES = 60_000;

  private final FrameMemory memory = new FrameMemory();

  private static ByteBuf bytes(Buffer frame) {
    return ((BufferInternal) frame).unwrap();
  }

  @Test
  void memoryOfABatchIsUsedAgainOnceItIsGivenBack() {
    Buffer first = memory.take(BATCH_BYTES);
    Buffer second = memory.take(BATCH_BYTES);
    assertTrue(bytes(first).isDirect());
    assertNotSame(bytes(first), bytes(second));
    first.appendLong(1);
    memory.giveBack(bytes(first));
    Buffer third = memory.take(BATCH_BYTES);
    assertSame(bytes(first), bytes(third));
    assertEquals(0, third.length());
  }

  @Test
  void whatIsKeptIsBounded() {
    List<Buffer> frames = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      frames.add(memory.take(BATCH_BYTES));
    }
    frames.forEach(frame -> memory.giveBack(bytes(frame)));
    Set<ByteBuf> before = Collections.newSetFromMap(new IdentityHashMap<>());
    frames.forEach(frame -> before.add(bytes(frame)));
    int again = 0;
    for (int i = 0; i < 100; i++) {
      again += before.contains(bytes(memory.take(BATCH_BYTES))) ? 1 : 0;
    }
    assertTrue(again > 0 && again < 100, again + " of 100");
  }

  @Test
  void whatIsSmallOrTooLargeLiesOnTheHeap() {
    assertFalse(bytes(memory.take(100)).isDirect());
    assertFalse(bytes(memory.take(1 << 20)).isDirect());
  }

  @Test
  void aFrameThatMovesOutKeepsItsBytesAndItsMemoryComesBack() {
    Buffer frame = memory.take(BATCH_BYTES).appendString("page");
    ByteBuf direct = bytes(frame);
    Buffer moved = memory.moveOut(frame);
    Buffer next = memory.take(BATCH_BYTES).appendString("other");
    assertSame(direct, bytes(next));
    assertEquals("page", moved.toString());
    Buffer heap = Buffer.buffer("heap");
    assertSame(heap, memory.moveOut(heap));
  }
}
