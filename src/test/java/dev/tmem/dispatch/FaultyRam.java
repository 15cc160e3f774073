package dev.tmem.dispatch;

import dev.tmem.backend.BackendUsage;
import dev.tmem.backend.LossDomain;
import dev.tmem.backend.RamBackend;
import dev.tmem.backend.SpaceInfo;
import io.vertx.core.Future;
import java.nio.ByteBuffer;

/** A pool that throws when a test says so. Thread-safe as the pool is. */
final class FaultyRam implements RamBackend {

  private final RamBackend pool;

  /** Throws at puts and frees. */
  volatile boolean throwing;

  /** Throws at whatever has to look at a zpage. */
  volatile boolean unreadable;

  /** Told of every put. */
  volatile Runnable onPut = () -> {};

  FaultyRam(RamBackend pool) {
    this.pool = pool;
  }

  private void mayThrow() {
    if (throwing) {
      throw new IllegalStateException("the pool is at fault");
    }
  }

  private void mayBeUnreadable() {
    if (unreadable) {
      throw new IllegalStateException("the pool cannot be read");
    }
  }

  @Override
  public String name() {
    return pool.name();
  }

  @Override
  public int tier() {
    return pool.tier();
  }

  @Override
  public LossDomain lossDomain() {
    return pool.lossDomain();
  }

  @Override
  public Future<Void> init(SpaceInfo space) {
    return pool.init(space);
  }

  @Override
  public Future<Void> invalidateSpace(int space) {
    return pool.invalidateSpace(space);
  }

  @Override
  public BackendUsage usage() {
    return pool.usage();
  }

  @Override
  public Future<Void> close() {
    return pool.close();
  }

  @Override
  public long put(ByteBuffer source, int position, int length) {
    mayThrow();
    onPut.run();
    return pool.put(source, position, length);
  }

  @Override
  public boolean hasRoom(int length) {
    return pool.hasRoom(length);
  }

  @Override
  public ByteBuffer buffer(long handle) {
    mayBeUnreadable();
    return pool.buffer(handle);
  }

  @Override
  public int position(long handle) {
    mayBeUnreadable();
    return pool.position(handle);
  }

  @Override
  public int length(long handle) {
    mayBeUnreadable();
    return pool.length(handle);
  }

  @Override
  public void free(long handle) {
    mayThrow();
    pool.free(handle);
  }

  @Override
  public boolean wantsMove(long handle) {
    mayBeUnreadable();
    return pool.wantsMove(handle);
  }

  @Override
  public long relocate(long handle) {
    mayBeUnreadable();
    return pool.relocate(handle);
  }

  @Override
  public long planCompaction() {
    mayBeUnreadable();
    return pool.planCompaction();
  }
}
