package dev.tmem.swapfile;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import dev.tmem.Until;
import dev.tmem.backend.Codec;
import dev.tmem.backend.Fetched;
import dev.tmem.backend.PageKey;
import dev.tmem.backend.PageRef;
import dev.tmem.backend.Zpage;
import io.vertx.core.Future;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** An activated backend with small segments, and short ways to use it. */
final class Rig implements AutoCloseable {

  static final int SEGMENT_BYTES = 256 << 10;
  static final String NODE = "node-1";

  final TestScheduler scheduler = new TestScheduler();
  final SwapfileBackend backend;
  final Geometry geometry;
  private @Nullable FaultyIo io;

  Rig(Path file, int segments) {
    geometry = new Geometry(SEGMENT_BYTES, segments);
    backend =
        SwapfileBackend.activate(
            file,
            geometry,
            NODE,
            scheduler,
            real -> {
              io = new FaultyIo(real);
              return io;
            });
  }

  FaultyIo io() {
    return Objects.requireNonNull(io);
  }

  @SuppressWarnings("NullAway") // A future of nothing completes with null.
  static <T> T await(Future<T> future) {
    try {
      return future.toCompletionStage().toCompletableFuture().get(Until.SECONDS, TimeUnit.SECONDS);
    } catch (Exception e) {
      throw new AssertionError("no answer", e);
    }
  }

  static Throwable failure(Future<?> future) {
    try {
      future.toCompletionStage().toCompletableFuture().get(Until.SECONDS, TimeUnit.SECONDS);
    } catch (java.util.concurrent.ExecutionException e) {
      return Objects.requireNonNull(e.getCause());
    } catch (Exception e) {
      throw new AssertionError("no answer", e);
    }
    throw new AssertionError("did not fail");
  }

  static Zpage page(Random random, PageKey key, long epoch, int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return Zpage.of(key, epoch, length == 8 ? Codec.SAME : Codec.LZ4, 65536, bytes);
  }

  /** Sizes as pages have them: mostly near 2 KiB, some tiny, some of the largest. */
  static int length(Random random) {
    return switch (random.nextInt(20)) {
      case 0 -> 1 + random.nextInt(100);
      case 1 -> RecordLayout.MAX_PAYLOAD - random.nextInt(100);
      case 2 -> 8;
      default -> 1000 + random.nextInt(2500);
    };
  }

  long put(Zpage page) {
    return await(backend.put(List.of(page)))[0];
  }

  Fetched get(PageRef ref) {
    return await(backend.get(List.of(ref))).getFirst();
  }

  static PageRef ref(Zpage page, long handle) {
    return new PageRef(page.key(), page.epoch(), handle);
  }

  static void assertFound(Zpage expected, Fetched answer) {
    Zpage found = assertInstanceOf(Fetched.Found.class, answer).zpage();
    assertEquals(expected.key(), found.key());
    assertEquals(expected.epoch(), found.epoch());
    assertEquals(expected.codec(), found.codec());
    assertEquals(expected.originalLength(), found.originalLength());
    assertArrayEquals(expected.bytes(), found.bytes());
    assertEquals(expected.crc(), found.crc());
  }

  long counter(String name) {
    return Objects.requireNonNull(backend.counters().get(name), name);
  }

  @Override
  public void close() {
    await(backend.close());
    scheduler.close();
  }
}
