package dev.tmem.swapfile;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tmem.Protection;
import dev.tmem.TmemException;
import dev.tmem.Until;
import dev.tmem.codec.PageCodec;
import dev.tmem.dispatch.Dispatcher;
import dev.tmem.dispatch.Loaded;
import dev.tmem.dispatch.PageSpace;
import dev.tmem.dispatch.SpaceConfig;
import dev.tmem.dispatch.ThreadScheduler;
import dev.tmem.memory.BlockPool;
import dev.tmem.memory.MemoryAccount;
import dev.tmem.memory.RegionPool;
import dev.tmem.zram.ZramBackend;
import io.vertx.core.Future;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A disk that hangs, below a whole dispatcher. */
class SlowDiskTest {

  private static final int PAGE_BYTES = 4096;
  private static final long LIMIT_BYTES = 48L << 20;

  /** What the dispatcher waits for a backend; a machine that is slower than that is no fault. */
  private static final long PATIENCE_MILLIS = 1000;

  private static final int KEPT = 20;

  /** More than make a backend be taken for faulty. */
  private static final int HUNG = 16;

  @TempDir Path folder;

  private static byte[] page(long number) {
    byte[] bytes = new byte[PAGE_BYTES];
    new Random(number).nextBytes(bytes);
    return bytes;
  }

  /** Stores a page; a disk that was late for want of a processor is asked again. */
  private static void keep(PageSpace space, long offset) {
    Until.until(
        () -> {
          try {
            Until.done(space.store(offset, ByteBuffer.wrap(page(offset))));
            return true;
          } catch (TmemException refused) {
            return false;
          }
        },
        "page " + offset + " is kept");
  }

  private static void assertPage(PageSpace space, long offset) {
    AtomicReference<@Nullable Loaded> found = new AtomicReference<>();
    Until.until(
        () -> {
          try {
            found.set(Until.done(space.load(offset)));
            return true;
          } catch (TmemException late) {
            return false;
          }
        },
        "page " + offset + " is loaded");
    Loaded loaded = found.get();
    assertNotNull(loaded, "page " + offset);
    assertArrayEquals(page(offset), Arrays.copyOf(loaded.bytes(), loaded.length()));
  }

  private static String state(Dispatcher dispatcher) {
    return dispatcher.backendInfos().stream()
        .filter(info -> info.name().equals(SwapfileBackend.NAME))
        .findFirst()
        .orElseThrow()
        .state();
  }

  @Test
  void aDiskThatHangsHoldsNobodyElseUpIsMarkedAndComesBack() {
    AtomicReference<@Nullable FaultyIo> faults = new AtomicReference<>();
    MemoryAccount memory = new MemoryAccount(LIMIT_BYTES);
    RegionPool regions = new RegionPool(memory);
    try (ThreadScheduler scheduler = new ThreadScheduler(2)) {
      Dispatcher dispatcher =
          new Dispatcher(
              scheduler,
              new PageCodec(PageCodec.DEFAULT_MAX_STORED_PERCENT),
              new BlockPool(regions),
              PATIENCE_MILLIS);
      SwapfileBackend disk =
          SwapfileBackend.activate(
              folder.resolve("swap"),
              new Geometry(Rig.SEGMENT_BYTES, 16),
              Rig.NODE,
              scheduler,
              real -> {
                FaultyIo io = new FaultyIo(real);
                faults.set(io);
                return io;
              });
      FaultyIo io = Objects.requireNonNull(faults.get());
      CountDownLatch release = new CountDownLatch(1);
      try {
        Until.done(dispatcher.register(new ZramBackend(regions, memory)));
        Until.done(dispatcher.register(disk));
        PageSpace below =
            Until.done(
                dispatcher.open(
                    new SpaceConfig(
                        "below", PAGE_BYTES, true, Protection.ANY, List.of(disk.name()))));
        PageSpace inRam =
            Until.done(dispatcher.open(new SpaceConfig("ram", PAGE_BYTES, true, Protection.ANY)));
        for (int i = 0; i < KEPT; i++) {
          keep(below, i);
          assertTrue(inRam.storeNow(i, ByteBuffer.wrap(page(i))));
        }

        io.hold = release;
        List<Future<Void>> hung = new ArrayList<>();
        for (int i = 0; i < HUNG; i++) {
          hung.add(below.store(KEPT + i, ByteBuffer.wrap(page(KEPT + i))));
        }
        // Whoever does not write to the disk goes on.
        for (int i = 0; i < KEPT; i++) {
          assertPage(below, i);
          assertPage(inRam, i);
          assertTrue(inRam.storeNow(KEPT + i, ByteBuffer.wrap(page(KEPT + i))));
        }
        Until.done(below.invalidate(0));
        for (Future<Void> store : hung) {
          assertThrows(TmemException.class, () -> Until.done(store));
        }
        Until.until(() -> state(dispatcher).equals("frozen"), "the disk is marked");
        for (int i = 0; i < HUNG; i++) {
          assertFalse(Until.done(below.contains(KEPT + i)), "a store that failed leaves nothing");
        }

        io.hold = null;
        release.countDown();
        Until.until(() -> state(dispatcher).equals("active"), "the disk is trusted again");
        keep(below, KEPT);
        for (int i = 1; i <= KEPT; i++) {
          assertPage(below, i);
        }
        // What was written late is given up, and so is what the disk was tried with.
        Until.until(
            () -> Objects.equals(disk.counters().get("bd_count"), (long) KEPT),
            "the disk holds what is stored, and no more");
        assertEquals(0L, disk.counters().get("bad_frees"));
        disk.checkInvariants();
      } finally {
        io.hold = null;
        release.countDown();
        Until.done(disk.close());
      }
    } finally {
      regions.close();
    }
  }
}
