package dev.tmem.swapfile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tmem.ErrorCode;
import dev.tmem.TmemException;
import dev.tmem.Until;
import dev.tmem.backend.Zpage;
import dev.tmem.memory.MemoryAccount;
import io.vertx.core.Future;
import java.io.IOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Descriptors, memory, threads and lock: given back by every close, and by every refusal. */
class SwapfileLeakTest {

  private static final int ROUNDS = 8;

  /** What threads that did I/O keep for themselves. */
  private static final long TOLERANCE_BYTES = 2L << 20;

  private static final long SIZE = Geometry.minFileBytes(Geometry.SEGMENT_BYTES);

  @TempDir Path folder;

  private final MemoryAccount account = new MemoryAccount(64L << 20);
  private final SwapfileProvider provider = new SwapfileProvider(account);

  private Path file() {
    return folder.resolve("swap");
  }

  private Future<SwapfileBackend> create(TestScheduler scheduler, long size, String node) {
    var options = new SwapfileOptions("disk", file(), SwapfileOptions.Size.of(size), 0);
    return provider.create(options, node, scheduler);
  }

  private static long offHeapBytes() {
    return ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
        .filter(pool -> pool.getName().equals("direct"))
        .mapToLong(BufferPoolMXBean::getMemoryUsed)
        .sum();
  }

  /** Descriptors of the file that this process has open; none where the system does not tell. */
  private long descriptors() throws IOException {
    Path all = Path.of("/proc/self/fd");
    if (!Files.isDirectory(all)) {
      return 0;
    }
    try (Stream<Path> links = Files.list(all)) {
      return links.filter(this::leadsToFile).count();
    }
  }

  private boolean leadsToFile(Path link) {
    try {
      return Files.readSymbolicLink(link).startsWith(file().toRealPath().getParent());
    } catch (IOException e) {
      return false; // closed meanwhile
    }
  }

  private static long threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().startsWith("tmem-swapfile-"))
        .count();
  }

  private void assertNothingIsHeld(long threadsBefore, long memoryBefore) throws Exception {
    assertEquals(0, descriptors());
    assertEquals(0, account.used());
    Until.until(() -> threads() <= threadsBefore, "the threads end");
    assertTrue(
        offHeapBytes() - memoryBefore <= TOLERANCE_BYTES,
        () -> "off-heap before " + memoryBefore + " B, now " + offHeapBytes() + " B");
    if (Files.exists(file())) {
      try (FileChannel channel = FileChannel.open(file(), StandardOpenOption.WRITE);
          FileLock lock = channel.tryLock()) {
        assertTrue(lock != null, "locked still");
      }
    }
  }

  @Test
  void everyCloseGivesEverythingBackAndTheFileCanBeActivatedAtOnce() throws Exception {
    try (TestScheduler scheduler = new TestScheduler()) {
      Random random = new Random(3);
      Rig.await(Rig.await(create(scheduler, SIZE, "node-1")).close());
      long threads = 0;
      long memory = offHeapBytes();
      for (int i = 0; i < ROUNDS; i++) {
        SwapfileBackend backend = Rig.await(create(scheduler, SIZE, "node-1"));
        assertTrue(account.used() >= SwapfileBackend.bufferBytes());
        Zpage page = Rig.page(random, new dev.tmem.backend.PageKey(1, i), 1, 3000);
        long handle = Rig.await(backend.put(List.of(page)))[0];
        Rig.assertFound(page, Rig.await(backend.get(List.of(Rig.ref(page, handle)))).getFirst());
        Future<Void> once = backend.close();
        assertEquals(once, backend.close(), "closing is done once");
        Rig.await(once);
        assertNothingIsHeld(threads, memory);
      }
    }
  }

  @Test
  void everyRefusalGivesEverythingBack() throws Exception {
    try (TestScheduler scheduler = new TestScheduler()) {
      Rig.await(Rig.await(create(scheduler, SIZE, "node-1")).close());
      long memory = offHeapBytes();
      long usable = Files.getFileStore(folder).getUsableSpace();
      for (int i = 0; i < ROUNDS; i++) {
        assertRefused(create(scheduler, SIZE, "node-2"));
        assertRefused(create(scheduler, 1 << 20, "node-1"));
        assertRefused(create(scheduler, usable * 2, "node-1"));
        assertNothingIsHeld(0, memory);
        assertEquals(SIZE, Files.size(file()));
      }
      Rig.await(Rig.await(create(scheduler, SIZE, "node-1")).close());
    }
  }

  private static void assertRefused(Future<?> future) {
    TmemException e = assertInstanceOf(TmemException.class, Rig.failure(future));
    assertEquals(ErrorCode.BACKEND_FAILED, e.code());
  }

  /** Whatever write of an activation fails: nothing stays open, and the next one goes well. */
  @Test
  void aDiskThatFailsAtAnyWriteOfAnActivationLeavesNothingOpen() throws Exception {
    Geometry geometry = new Geometry(Rig.SEGMENT_BYTES, 8);
    long memory = offHeapBytes();
    try (TestScheduler scheduler = new TestScheduler()) {
      for (int write = 0; write < 4; write++) {
        int until = write;
        try {
          SwapfileBackend.activate(
              file(),
              geometry,
              "node-1",
              scheduler,
              real -> {
                FaultyIo io = new FaultyIo(real);
                io.writesUntilFailure.set(until);
                return io;
              });
          throw new AssertionError("write " + write + " of an activation was not needed");
        } catch (TmemException e) {
          assertEquals(ErrorCode.BACKEND_FAILED, e.code());
        }
        assertNothingIsHeld(0, memory);
      }
    }
    new Rig(file(), 8).close();
    assertNothingIsHeld(0, memory);
  }

  @Test
  void noRoomForTheBuffersIsSaid() {
    SwapfileProvider poor = new SwapfileProvider(new MemoryAccount(1 << 20));
    var options = new SwapfileOptions("disk", file(), SwapfileOptions.Size.of(SIZE), 0);
    try (TestScheduler scheduler = new TestScheduler()) {
      Throwable refusal = Rig.failure(poor.create(options, "node-1", scheduler));
      TmemException e = assertInstanceOf(TmemException.class, refusal);
      assertEquals(ErrorCode.INVALID_OPTION, e.code());
    }
  }
}
