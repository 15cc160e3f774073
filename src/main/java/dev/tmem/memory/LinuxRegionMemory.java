package dev.tmem.memory;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.tmem.ErrorCode;
import dev.tmem.TmemException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Regions by {@code mmap}: reserved without a promise of swap, resident page by page as they are
 * touched, taken back by {@code madvise}. Thread-safe: atomic counter only.
 *
 * <p>Huge pages are asked for block by block ({@link #populate}), and by no other way: the advice
 * is taken back at once, so that the system's own daemon never makes a hole resident again that was
 * given back.
 */
@SuppressWarnings("restricted") // the calls of the system are what this class is for
final class LinuxRegionMemory implements RegionMemory {

  private static final Logger LOG = LoggerFactory.getLogger(LinuxRegionMemory.class);

  private static final int PROT_READ = 1;
  private static final int PROT_WRITE = 2;
  private static final int MAP_PRIVATE = 0x02;
  private static final int MAP_ANONYMOUS = 0x20;
  private static final int MAP_NORESERVE = 0x4000;
  private static final long MAP_FAILED = -1;
  private static final int MADV_DONTNEED = 4;
  private static final int MADV_HUGEPAGE = 14;
  private static final int MADV_NOHUGEPAGE = 15;

  /** Since Linux 5.14. */
  private static final int MADV_POPULATE_WRITE = 23;

  /** What is mapped for a region: enough to have it begin where a block may begin. */
  private static final long MAPPED_BYTES = RegionPool.REGION_BYTES + RegionPool.BLOCK_BYTES;

  private static final int EAGAIN = 11;
  private static final int ENOMEM = 12;

  private static final Linker LINKER = Linker.nativeLinker();
  private static final Linker.Option ERRNO = Linker.Option.captureCallState("errno");
  private static final StructLayout STATE = Linker.Option.captureStateLayout();
  private static final VarHandle ERRNO_OF =
      STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));

  private static final MethodHandle MMAP =
      call(
          "mmap",
          FunctionDescriptor.of(
              ADDRESS, ADDRESS, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG));
  private static final MethodHandle MUNMAP =
      call("munmap", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_LONG));
  private static final MethodHandle MADVISE =
      call("madvise", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT));

  private final AtomicInteger regions = new AtomicInteger();

  private static MethodHandle call(String name, FunctionDescriptor types) {
    return LINKER.downcallHandle(LINKER.defaultLookup().findOrThrow(name), types, ERRNO);
  }

  @Override
  public @Nullable MemorySegment map() {
    MemorySegment start;
    int errno;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(STATE);
      start =
          (MemorySegment)
              MMAP.invokeExact(
                  state,
                  MemorySegment.NULL,
                  MAPPED_BYTES,
                  PROT_READ | PROT_WRITE,
                  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
                  -1,
                  0L);
      errno = (int) ERRNO_OF.get(state, 0L);
    } catch (Throwable e) {
      throw broken("mmap", e);
    }
    if (start.address() == MAP_FAILED) {
      if (errno == ENOMEM || errno == EAGAIN) {
        LOG.warn("the system refuses a region of {} bytes: errno {}", MAPPED_BYTES, errno);
        return null;
      }
      throw failed("mmap", MAPPED_BYTES, errno);
    }
    regions.incrementAndGet();
    MemorySegment mapped = start.reinterpret(MAPPED_BYTES, Arena.ofAuto(), this::unmap);
    long skipped = -start.address() & (RegionPool.BLOCK_BYTES - 1);
    MemorySegment region = mapped.asSlice(skipped, RegionPool.REGION_BYTES);
    // A huge page would make 2 MiB resident for a span of 64 KiB, uncharged. Kernels without huge
    // pages do not know the advice, and need none.
    int _ = advise(region, 0, RegionPool.REGION_BYTES, MADV_NOHUGEPAGE);
    return region;
  }

  @Override
  public boolean populate(MemorySegment region, long at) {
    // A kernel without huge pages does not know the first and the last, and needs neither.
    int _ = advise(region, at, RegionPool.BLOCK_BYTES, MADV_HUGEPAGE);
    boolean resident = advise(region, at, RegionPool.BLOCK_BYTES, MADV_POPULATE_WRITE) == 0;
    int _ = advise(region, at, RegionPool.BLOCK_BYTES, MADV_NOHUGEPAGE);
    return resident;
  }

  @Override
  public void discard(MemorySegment region, long at, long bytes) {
    int errno = advise(region, at, bytes, MADV_DONTNEED);
    if (errno != 0) {
      throw failed("madvise", bytes, errno);
    }
  }

  @Override
  public int regions() {
    return regions.get();
  }

  /** 0, or the error number. */
  private static int advise(MemorySegment region, long at, long bytes, int advice) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(STATE);
      int result = (int) MADVISE.invokeExact(state, region.asSlice(at, bytes), bytes, advice);
      return result == 0 ? 0 : (int) ERRNO_OF.get(state, 0L);
    } catch (Throwable e) {
      throw broken("madvise", e);
    }
  }

  /** Run by the collector's thread, so it can only log what goes wrong. */
  private void unmap(MemorySegment region) {
    regions.decrementAndGet();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(STATE);
      int result = (int) MUNMAP.invokeExact(state, region, region.byteSize());
      if (result != 0) {
        LOG.error("munmap of a region failed: errno {}", (int) ERRNO_OF.get(state, 0L));
      }
    } catch (Throwable e) {
      LOG.error("munmap of a region failed", e);
    }
  }

  private static TmemException failed(String call, long bytes, int errno) {
    return new TmemException(
        ErrorCode.INTERNAL, call + " of " + bytes + " bytes failed: errno " + errno);
  }

  private static TmemException broken(String call, Throwable cause) {
    return new TmemException(ErrorCode.INTERNAL, call + " cannot be called", cause);
  }
}
