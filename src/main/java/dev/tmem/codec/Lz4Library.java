package dev.tmem.codec;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.util.NoSuchElementException;

/**
 * The entries for streams of the LZ4 library that lz4-java has loaded, which it does not offer
 * itself. Immutable.
 *
 * <p>They are part of the library's stable interface since {@link #LEAST_VERSION}. A platform whose
 * library does not show them goes without.
 */
@SuppressWarnings("restricted") // the library is there and in use; only its entries are looked up
final class Lz4Library {
  /** 1.9.0, which made a quick reset of streams stable. */
  private static final int LEAST_VERSION = 1_09_00;

  private final MethodHandle initStream;
  private final MethodHandle resetStream;
  private final MethodHandle compress;
  private final long stateBytes;

  private Lz4Library(SymbolLookup lookup) {
    int version = (int) call(handle(lookup, "LZ4_versionNumber", FunctionDescriptor.of(JAVA_INT)));
    if (version < LEAST_VERSION) {
      throw new NoSuchElementException("its version number is " + version);
    }
    stateBytes = (int) call(handle(lookup, "LZ4_sizeofState", FunctionDescriptor.of(JAVA_INT)));
    // An address is taken as a number: as a segment it would be an object.
    initStream =
        handle(lookup, "LZ4_initStream", FunctionDescriptor.of(JAVA_LONG, ADDRESS, JAVA_LONG));
    resetStream = handle(lookup, "LZ4_resetStream_fast", FunctionDescriptor.ofVoid(ADDRESS));
    compress =
        handle(
            lookup,
            "LZ4_compress_fast_continue",
            FunctionDescriptor.of(
                JAVA_INT, ADDRESS, ADDRESS, ADDRESS, JAVA_INT, JAVA_INT, JAVA_INT));
  }

  private static MethodHandle handle(SymbolLookup lookup, String name, FunctionDescriptor types) {
    return Linker.nativeLinker().downcallHandle(lookup.findOrThrow(name), types);
  }

  private static Object call(MethodHandle handle) {
    try {
      return handle.invoke();
    } catch (Throwable e) {
      throw broken(e);
    }
  }

  /**
   * Of the library that this class's loader has loaded.
   *
   * @throws RuntimeException of any kind: it does not show its entries, or they may not be called
   */
  static Lz4Library loaded() {
    return new Lz4Library(SymbolLookup.loaderLookup());
  }

  /** Bytes of the state of a stream. */
  long stateBytes() {
    return stateBytes;
  }

  /** Makes a state, whatever is in the memory. */
  void initStream(MemorySegment state) {
    long made;
    try {
      made = (long) initStream.invokeExact(state, stateBytes);
    } catch (Throwable e) {
      throw broken(e);
    }
    if (made == 0) {
      throw new IllegalStateException("LZ4 refuses the memory for a stream");
    }
  }

  /** Begins a block that knows nothing of those before it. */
  void resetStream(MemorySegment state) {
    try {
      resetStream.invokeExact(state);
    } catch (Throwable e) {
      throw broken(e);
    }
  }

  /**
   * Compresses the next block of a stream.
   *
   * @return bytes written; 0: there was no room, and the state is good for nothing any more
   */
  int compress(MemorySegment state, MemorySegment from, int length, MemorySegment to, int room) {
    try {
      return (int) compress.invokeExact(state, from, to, length, room, 1);
    } catch (Throwable e) {
      throw broken(e);
    }
  }

  private static IllegalStateException broken(Throwable cause) {
    return new IllegalStateException("LZ4 cannot be called", cause);
  }
}
