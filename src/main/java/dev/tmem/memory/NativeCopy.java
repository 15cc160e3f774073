package dev.tmem.memory;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.ref.Reference;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Copies from native memory to native memory by the C library's {@code memcpy}, where there is one:
 * it stores as many bytes at once as the processor can, the JVM's own copy of a few KiB half as
 * many. Into memory that is in no cache that counts, since a processor can have only so many stores
 * on their way. No state; thread-safe.
 */
@SuppressWarnings("restricted") // a copy within bounds that are checked here
final class NativeCopy {

  /** Below that the call costs as much as it saves. */
  static final int LEAST_BYTES = 256;

  private static final @Nullable MethodHandle MEMCPY = find();

  private NativeCopy() {}

  /** Null: the platform, or who started the JVM, does not allow it. */
  private static @Nullable MethodHandle find() {
    if (ADDRESS.byteSize() != Long.BYTES) {
      return null;
    }
    try {
      Linker linker = Linker.nativeLinker();
      // Addresses are passed as numbers, since slices would be objects. Critical: the thread need
      // not tell the JVM that it leaves and comes back.
      return linker.downcallHandle(
          linker.defaultLookup().findOrThrow("memcpy"),
          FunctionDescriptor.ofVoid(JAVA_LONG, JAVA_LONG, JAVA_LONG),
          Linker.Option.critical(false));
    } catch (RuntimeException | LinkageError cannot) {
      return null;
    }
  }

  /**
   * Copies bytes between segments that do not overlap there.
   *
   * @throws IndexOutOfBoundsException if they do not lie within both
   */
  static void copy(MemorySegment from, int length, MemorySegment to, long toAt) {
    MethodHandle memcpy = MEMCPY;
    if (memcpy == null || length < LEAST_BYTES || !from.isNative() || !to.isNative()) {
      MemorySegment.copy(from, 0, to, toAt, length);
      return;
    }
    Objects.checkFromIndexSize(0, length, from.byteSize());
    Objects.checkFromIndexSize(toAt, length, to.byteSize());
    try {
      memcpy.invokeExact(to.address() + toAt, from.address(), (long) length);
    } catch (Throwable e) {
      throw new IllegalStateException("memcpy cannot be called", e);
    } finally {
      Reference.reachabilityFence(from);
      Reference.reachabilityFence(to);
    }
  }
}
