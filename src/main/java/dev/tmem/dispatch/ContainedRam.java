package dev.tmem.dispatch;

import dev.tmem.backend.Backend;
import dev.tmem.backend.PageKey;
import dev.tmem.backend.RamBackend;
import dev.tmem.backend.Zpage;
import dev.tmem.dispatch.BackendHealth.Call;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Calls to a backend that answers at once, made such that what it throws is no more than a fault: a
 * put is refused then, a zpage unreadable for now, and everything else not done. Faults count as
 * those of slow backends do; what goes well after one ends the row.
 *
 * <p>Thread-safe: the flags are plain, so a row may end a call late.
 */
final class ContainedRam {

  private final String name;
  private final RamBackend ram;
  private final BackendHealth health;

  /** A put has failed, and none has gone well since. A race on it is meant. */
  private boolean isPutSuspect;

  /** So with reads. */
  private boolean isReadSuspect;

  /** Is of no use but to have been read. A race on it is meant. */
  @SuppressWarnings("unused")
  private int lastTouched;

  ContainedRam(String name, RamBackend ram, BackendHealth health) {
    this.name = name;
    this.ram = ram;
    this.health = health;
  }

  /** {@link RamBackend#put(ByteBuffer, int, int)}; what goes wrong is a refusal. */
  long put(ByteBuffer source, int position, int length) {
    long handle;
    try {
      handle = Math.max(Backend.REFUSED, ram.put(source, position, length));
    } catch (RuntimeException | AssertionError | LinkageError e) {
      return putFault(e);
    }
    putWell();
    return handle;
  }

  /** {@link RamBackend#put(MemorySegment, int)}; what goes wrong is a refusal. */
  long put(MemorySegment source, int length) {
    long handle;
    try {
      handle = Math.max(Backend.REFUSED, ram.put(source, length));
    } catch (RuntimeException | AssertionError | LinkageError e) {
      return putFault(e);
    }
    putWell();
    return handle;
  }

  /** {@link RamBackend#rewrite}; what goes wrong is a refusal. */
  long rewrite(long handle, MemorySegment source, int length) {
    long rewritten;
    try {
      rewritten = Math.max(Backend.REFUSED, ram.rewrite(handle, source, length));
    } catch (RuntimeException | AssertionError | LinkageError e) {
      return putFault(e);
    }
    putWell();
    return rewritten;
  }

  private long putFault(Throwable thrown) {
    isPutSuspect = true;
    fault(Call.PUT, thrown);
    return Backend.REFUSED;
  }

  private void putWell() {
    if (isPutSuspect) {
      isPutSuspect = false;
      health.well(Call.PUT);
    }
  }

  /** {@link RamBackend#free}; what goes wrong is counted. */
  void free(long handle) {
    try {
      ram.free(handle);
    } catch (RuntimeException | AssertionError | LinkageError e) {
      fault(Call.FREE, e);
    }
  }

  /** {@link RamBackend#freeAll}; what goes wrong is counted. */
  void freeAll(long[] handles, int count) {
    try {
      ram.freeAll(handles, count);
    } catch (RuntimeException | AssertionError | LinkageError e) {
      fault(Call.FREE, e);
    }
  }

  /**
   * A read has thrown.
   *
   * @return what to say of it
   */
  String readFault(Throwable thrown) {
    isReadSuspect = true;
    return fault(Call.GET, thrown);
  }

  /** A read went well. */
  void readWell() {
    if (isReadSuspect) {
      isReadSuspect = false;
      health.well(Call.GET);
    }
  }

  /** Copies a zpage out, as {@link RamForm#copyOut} does; null: it cannot be read now. */
  @Nullable Zpage copyOut(PageKey key, long word, long handle, int pageSize) {
    try {
      Zpage zpage = RamForm.copyOut(ram, key, word, handle, pageSize);
      readWell();
      return zpage;
    } catch (RuntimeException | AssertionError | LinkageError e) {
      readFault(e);
      return null;
    }
  }

  /**
   * Reads two bytes of each of some zpages, so that all are on their way from memory when they are
   * wanted one after the other. Where one cannot be read, reading it says so.
   */
  void touchAll(long[] handles, int count) {
    int touched = 0;
    try {
      for (int i = 0; i < count; i++) {
        ByteBuffer bytes = ram.buffer(handles[i]);
        int at = ram.position(handles[i]);
        touched += bytes.get(at) + bytes.get(at + ram.length(handles[i]) / 2);
      }
    } catch (RuntimeException | AssertionError | LinkageError e) {
      touched = 0;
    }
    lastTouched = touched;
  }

  /** {@link RamBackend#length}; 0: it does not say. */
  int length(long handle) {
    try {
      return ram.length(handle);
    } catch (RuntimeException | AssertionError | LinkageError e) {
      fault(Call.LOOK, e);
      return 0;
    }
  }

  /** {@link RamBackend#planCompaction}; what goes wrong gains nothing. */
  long planCompaction() {
    try {
      return ram.planCompaction();
    } catch (RuntimeException | AssertionError | LinkageError e) {
      fault(Call.LOOK, e);
      return 0;
    }
  }

  /** Moves a zpage if compaction wants it moved; its handle from now on. */
  long relocate(long handle) {
    try {
      return ram.wantsMove(handle) ? ram.relocate(handle) : handle;
    } catch (RuntimeException | AssertionError | LinkageError e) {
      fault(Call.LOOK, e);
      return handle;
    }
  }

  /** Something else has thrown that is of no consequence. */
  String lookFault(Throwable thrown) {
    return fault(Call.LOOK, thrown);
  }

  private String fault(Call call, Throwable thrown) {
    String reason = name + " threw " + thrown;
    health.fault(call, new BackendFault(BackendFault.Kind.THROWN, reason));
    return reason;
  }
}
