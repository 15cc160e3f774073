package dev.tmem.swapfile;

import dev.tmem.backend.Codec;
import dev.tmem.backend.DurableArea;
import dev.tmem.backend.DurableBackend;
import dev.tmem.backend.Fetched;
import dev.tmem.backend.PageKey;
import dev.tmem.backend.PageRef;
import dev.tmem.backend.Zpage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.UUID;

/**
 * A backend on a {@link CrashDisk}, driven one operation after the other as the dispatcher drives
 * it: an old copy is freed when the new one is acknowledged. Confined to one thread.
 */
final class CrashRig implements AutoCloseable {

  static final Geometry GEOMETRY = new Geometry(128 << 10, 8);
  static final int AREA = 7;

  final CrashDisk disk;
  final CrashOracle oracle = new CrashOracle();
  final TestScheduler scheduler = new TestScheduler();
  final SwapfileBackend backend;
  final UUID uuid;
  final Map<PageKey, Zpage> found = new HashMap<>();
  final Map<PageKey, Long> lost = new HashMap<>();
  private final Map<PageKey, HostTwin.Slot> kept = new HashMap<>();
  private final HostTwin twin = new HostTwin();
  private final Random random;
  private long epochs;
  private int opened;

  /**
   * @param file has been activated once: it is only locked, the bytes are those of the disk
   */
  CrashRig(Path file, CrashDisk disk, Random random) {
    this.disk = disk;
    this.random = random;
    backend = SwapfileBackend.activate(file, GEOMETRY, Rig.NODE, scheduler, real -> disk.io());
    backend.attach(twin);
    var header =
        FileHeader.decode(ByteBuffer.wrap(disk.image(), 0, HeaderLayout.BLOCK_BYTES)).header();
    uuid = header == null ? new UUID(0, 0) : header.uuid();
    try {
      for (DurableArea area : backend.durableAreas()) {
        collect(area.number());
      }
    } catch (AssertionError e) {
      close(); // the threads of what nobody closes would disturb the tests that follow
      throw e;
    }
  }

  /** What an empty disk holds; the file is made, so that it can be locked and is long enough. */
  static byte[] formatted(Path file) {
    TestScheduler scheduler = new TestScheduler();
    Rig.await(SwapfileBackend.activate(file, GEOMETRY, Rig.NODE, scheduler, real -> real).close());
    scheduler.close();
    try {
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void collect(int number) {
    List<PageRef> refs = new ArrayList<>();
    backend.tellFound(
        number,
        new DurableBackend.Found() {
          @Override
          public void page(long offset, long epoch, Codec codec, boolean isShort, long handle) {
            refs.add(new PageRef(new PageKey(number, offset), epoch, handle));
            epochs = Math.max(epochs, epoch);
          }

          @Override
          public void lost(long offset, long epoch) {
            lost.put(new PageKey(number, offset), epoch);
            epochs = Math.max(epochs, epoch);
          }

          @Override
          public void used(long offset, long epoch) {
            epochs = Math.max(epochs, epoch);
          }
        });
    for (PageRef ref : refs) {
      Fetched answer = Rig.await(backend.get(List.of(ref))).getFirst();
      if (answer instanceof Fetched.Found page) {
        found.put(ref.key(), page.zpage());
        twin.install(page.zpage(), ref.handle());
      } else {
        throw new AssertionError(ref + " was found, and is " + answer);
      }
    }
  }

  /** Events on the disk when the area was open. */
  int opened() {
    return opened;
  }

  void open(long fsyncMillis) {
    Rig.await(backend.openDurable(new DurableArea(AREA, "area", 65536, fsyncMillis, "{}")));
    opened = disk.events();
  }

  /** One random operation. */
  void step(int keys, int mostBytes) {
    PageKey key = new PageKey(AREA, random.nextInt(keys));
    int choice = random.nextInt(10);
    if (choice < 7) {
      store(key, 1 + random.nextInt(mostBytes));
    } else if (choice < 9) {
      invalidate(key);
    } else {
      scratch(mostBytes);
    }
  }

  boolean store(PageKey key, int bytes) {
    Zpage page = Rig.page(random, key, ++epochs, bytes);
    int begun = disk.events();
    long handle = Rig.await(backend.put(List.of(page)))[0];
    if (handle < 0) {
      oracle.failed(key, page, page.epoch(), begun);
      keep(key);
      return false;
    }
    oracle.done(key, page, page.epoch(), begun, disk.events());
    free(twin.install(page, handle));
    settled(key);
    return true;
  }

  boolean invalidate(PageKey key) {
    long epoch = ++epochs;
    int begun = disk.events();
    boolean done = Rig.await(backend.invalidateDurable(List.of(new PageRef(key, epoch, -1))))[0];
    if (!done) {
      oracle.failed(key, null, epoch, begun);
      keep(key);
      return false;
    }
    oracle.done(key, null, epoch, begun, disk.events());
    free(twin.remove(key));
    settled(key);
    return true;
  }

  /** A change has failed: the version before is absent, and is not freed until one succeeds. */
  private void keep(PageKey key) {
    HostTwin.Slot old = twin.remove(key);
    if (old != null) {
      kept.put(key, old);
    }
  }

  private void settled(PageKey key) {
    free(kept.remove(key));
  }

  /** A page that is not durable comes and goes. */
  private void scratch(int mostBytes) {
    PageKey key = new PageKey(AREA + 1, random.nextInt(4));
    Zpage page = Rig.page(random, key, ++epochs, 1 + random.nextInt(mostBytes));
    long handle = Rig.await(backend.put(List.of(page)))[0];
    if (handle >= 0) {
      free(twin.install(page, handle));
    }
  }

  private void free(HostTwin.@org.jspecify.annotations.Nullable Slot old) {
    if (old != null) {
      backend.free(List.of(old.ref()));
    }
  }

  long counter(String name) {
    return Objects.requireNonNull(backend.counters().get(name), name);
  }

  @Override
  public void close() {
    Rig.await(backend.close());
    scheduler.close();
  }
}
