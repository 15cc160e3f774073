package dev.tmem.swapfile;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A file descriptor of our own, on Linux. Thread-safe, but closed by one thread when no other uses
 * it any more.
 *
 * <p>It must stay open as long as the file's lock is held: when a process closes any descriptor of
 * a file, the system drops all its locks on it.
 *
 * <p>The part of {@code struct statx} that is read, the same on every architecture:
 *
 * <pre>
 *   0 | mask             int |
 *   4 | other values         |
 *  48 | blocks of 512 B long |
 *  56 | other values         |
 * 256 +----------------------+
 * </pre>
 */
@SuppressWarnings("restricted")
final class NativeFile implements SystemFile {

  private static final int O_RDWR = 2;
  private static final int O_CLOEXEC = 0x80000;
  private static final int AT_EMPTY_PATH = 0x1000;
  private static final int STATX_BLOCKS = 0x400;
  private static final int STATX_BYTES = 256;
  private static final int STATX_MASK_AT = 0;
  private static final int STATX_BLOCKS_AT = 48;
  private static final int BLOCK_BYTES = 512;
  private static final int RWF_NOWAIT = 8;
  private static final int SYNC_FILE_RANGE_WRITE = 2;
  private static final int EINTR = 4;
  private static final int ENOSPC = 28;
  private static final int EFBIG = 27;
  private static final int EDQUOT = 122;

  /** A signal may break a reservation off; it then goes on, this often at most. */
  private static final int MAX_INTERRUPTIONS = 1000;

  private static final long IOVEC_BASE_AT = 0;
  private static final long IOVEC_LENGTH_AT = ValueLayout.ADDRESS.byteSize();

  private static final @Nullable Calls CALLS = Calls.link();

  private final Calls calls;
  private final int descriptor;

  private NativeFile(Calls calls, int descriptor) {
    this.calls = calls;
    this.descriptor = descriptor;
  }

  /** Opens an existing file; null where the system's calls are not those of Linux. */
  static @Nullable NativeFile open(Path file) {
    if (CALLS == null) {
      return null;
    }
    try (Arena arena = Arena.ofConfined()) {
      int fd =
          (int) CALLS.open.invokeExact(arena.allocateFrom(file.toString()), O_RDWR | O_CLOEXEC);
      return fd < 0 ? null : new NativeFile(CALLS, fd);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  @Override
  public Reserved reserve(long from, long bytes) {
    for (int i = 0; i < MAX_INTERRUPTIONS; i++) {
      int error;
      try {
        error = (int) calls.posixFallocate.invokeExact(descriptor, from, bytes);
      } catch (Throwable e) {
        throw unexpected(e);
      }
      switch (error) {
        case 0 -> {
          return Reserved.DONE;
        }
        case EINTR -> {}
        case ENOSPC, EFBIG, EDQUOT -> {
          return Reserved.NO_SPACE;
        }
        default -> {
          return Reserved.UNSUPPORTED;
        }
      }
    }
    return Reserved.UNSUPPORTED;
  }

  @Override
  public long reservedBytes() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment answer = arena.allocate(STATX_BYTES, Long.BYTES);
      int failed =
          (int)
              calls.statx.invokeExact(
                  descriptor, arena.allocateFrom(""), AT_EMPTY_PATH, STATX_BLOCKS, answer);
      if (failed != 0 || (answer.get(ValueLayout.JAVA_INT, STATX_MASK_AT) & STATX_BLOCKS) == 0) {
        return -1;
      }
      return answer.get(ValueLayout.JAVA_LONG, STATX_BLOCKS_AT) * BLOCK_BYTES;
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  @Override
  public boolean readNow(ByteBuffer into, long position) {
    int length = into.remaining();
    int spare = into.capacity() - FileIo.SPARE_BYTES;
    // Taken from where the compiler knows that it never changes, the call costs a third.
    Calls constant = CALLS;
    if (constant == null || spare < into.limit()) {
      return false;
    }
    // Memory of its own for each call would take longer than the read. The address goes as a
    // number:
    // a pointer into shared memory would be counted in and out, by all threads in one place.
    MemorySegment whole = MemorySegment.ofBuffer(into.duplicate().clear());
    long address = whole.address();
    whole.set(ValueLayout.JAVA_LONG_UNALIGNED, spare + IOVEC_BASE_AT, address + into.position());
    whole.set(ValueLayout.JAVA_LONG_UNALIGNED, spare + IOVEC_LENGTH_AT, length);
    try {
      long got =
          (long) constant.preadv2.invokeExact(descriptor, address + spare, 1, position, RWF_NOWAIT);
      return got == length;
    } catch (Throwable e) {
      throw unexpected(e);
    } finally {
      Reference.reachabilityFence(into);
    }
  }

  @Override
  public void startWriting(long position, long bytes) {
    try {
      int ignored =
          (int) calls.syncFileRange.invokeExact(descriptor, position, bytes, SYNC_FILE_RANGE_WRITE);
      assert ignored <= 0;
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  @Override
  public void close() {
    try {
      int ignored = (int) calls.close.invokeExact(descriptor);
      assert ignored <= 0;
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /** A downcall throws nothing of its own, so whatever it was is not an operating error. */
  private static IllegalStateException unexpected(Throwable e) {
    return new IllegalStateException("a call of the system failed", e);
  }

  /** The system's calls; null fields never: it exists only if all were found. Immutable. */
  private record Calls(
      MethodHandle open,
      MethodHandle posixFallocate,
      MethodHandle statx,
      MethodHandle preadv2,
      MethodHandle syncFileRange,
      MethodHandle close) {

    static @Nullable Calls link() {
      if (!System.getProperty("os.name").equals("Linux")) {
        return null;
      }
      Linker linker = Linker.nativeLinker();
      SymbolLookup names = linker.defaultLookup();
      var open = names.find("open");
      var fallocate = names.find("posix_fallocate");
      var statx = names.find("statx");
      var preadv2 = names.find("preadv2");
      var syncFileRange = names.find("sync_file_range");
      var close = names.find("close");
      if (Stream.of(open, fallocate, statx, preadv2, syncFileRange, close)
          .anyMatch(Optional::isEmpty)) {
        return null;
      }
      var integer = ValueLayout.JAVA_INT;
      var pointer = ValueLayout.ADDRESS;
      var offset = ValueLayout.JAVA_LONG;
      return new Calls(
          linker.downcallHandle(
              open.get(),
              FunctionDescriptor.of(integer, pointer, integer),
              Linker.Option.firstVariadicArg(2)),
          linker.downcallHandle(
              fallocate.get(), FunctionDescriptor.of(integer, integer, offset, offset)),
          linker.downcallHandle(
              statx.get(),
              FunctionDescriptor.of(integer, integer, pointer, integer, integer, pointer)),
          linker.downcallHandle(
              preadv2.get(),
              FunctionDescriptor.of(offset, integer, offset, integer, offset, integer)),
          linker.downcallHandle(
              syncFileRange.get(),
              FunctionDescriptor.of(integer, integer, offset, offset, integer)),
          linker.downcallHandle(close.get(), FunctionDescriptor.of(integer, integer)));
    }
  }
}
