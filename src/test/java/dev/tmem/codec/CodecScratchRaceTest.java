package dev.tmem.codec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class CodecScratchRaceTest {
  private final PageCodec codec = new PageCodec(PageCodec.DEFAULT_MAX_STORED_PERCENT);

  /**
   * Two contents take turns in the caller's buffer while it is compressed. What comes back may mix
   * them, but each byte is one that stood there, and the length is right.
   */
  @Test
  void aCallerThatChangesItsBufferHarmsNobody() throws Exception {
    Random random = new Random(21);
    byte[] one = SamplePages.text(random, 4096);
    byte[] other = SamplePages.noise(random, 4096);
    ByteBuffer page = ByteBuffer.allocateDirect(4096);
    page.put(0, one);
    AtomicBoolean stop = new AtomicBoolean();
    try (ExecutorService threads = Executors.newSingleThreadExecutor()) {
      Future<?> writer =
          threads.submit(() -> {
            while (!stop.get()) {
              page.put(0, other);
              page.put(0, one);
            }
          });
      byte[] back = new byte[4096];
      ByteBuffer into = ByteBuffer.wrap(back);
      for (int round = 0; round < 20_000; round++) {
        try (CodecScratch scratch = codec.acquire()) {
          scratch.compress(page);
          int read =
              codec.decompress(
                  scratch.codec(), scratch.bytes(), 0, scratch.length(), into, 0, 4096);
          assertEquals(4096, read);
        }
        for (int i = 0; i < back.length; i++) {
          assertTrue(back[i] == one[i] || back[i] == other[i]);
        }
      }
      stop.set(true);
      writer.get();
    }
  }

  @Test
  void noScratchIsGivenTwiceAndThePoolDoesNotGrow() {
    ScratchPool pool = codec.scratches();
    Set<CodecScratch> seen = new HashSet<>();
    List<CodecScratch> taken = new ArrayList<>();
    for (int i = 0; i < pool.size() + 3; i++) {
      CodecScratch scratch = codec.acquire();
      scratch.compress(ByteBuffer.wrap(new byte[4096]));
      seen.add(scratch);
      taken.add(scratch);
    }
    assertEquals(pool.size() + 3, seen.size());
    assertEquals(3, pool.extras());
    long held = codec.scratchBytes();
    taken.forEach(CodecScratch::close);
    CodecScratch first = codec.acquire();
    CodecScratch second = codec.acquire();
    assertNotSame(first, second);
    assertTrue(seen.contains(first) && seen.contains(second));
    first.close();
    assertSame(first, codec.acquire());
    assertEquals(held, codec.scratchBytes());
  }

  /** Every one of them is parked with a scratch in hand before any goes on. */
  @Test
  void aThousandVirtualThreadsDoNotGrowThePool() throws Exception {
    int count = 1000;
    CyclicBarrier allHoldOne = new CyclicBarrier(count);
    List<Future<Boolean>> results = new ArrayList<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < count; i++) {
        long seed = i;
        results.add(threads.submit(() -> roundTrip(new Random(seed), allHoldOne)));
      }
      for (Future<Boolean> result : results) {
        assertTrue(result.get());
      }
    }
    ScratchPool pool = codec.scratches();
    assertEquals(count - pool.size(), pool.extras());
    Lz4Stream stream = Lz4.best().newStream();
    long each = 4096 + Lz4.bound(4096) + (stream == null ? 0 : stream.heldBytes());
    assertEquals(pool.size() * each, codec.scratchBytes());
  }

  private boolean roundTrip(Random random, CyclicBarrier allHoldOne) throws Exception {
    byte[] page = SamplePages.text(random, 4096);
    byte[] back = new byte[4096];
    try (CodecScratch scratch = codec.acquire()) {
      scratch.compress(ByteBuffer.wrap(page));
      allHoldOne.await();
      ByteBuffer into = ByteBuffer.wrap(back);
      codec.decompress(scratch.codec(), scratch.bytes(), 0, scratch.length(), into, 0, 4096);
    }
    return Arrays.equals(page, back);
  }
}
