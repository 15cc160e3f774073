package dev.tmem.dispatch;

import dev.tmem.backend.BackendUsage;
import dev.tmem.backend.LossDomain;
import dev.tmem.backend.RamBackend;
import dev.tmem.backend.SpaceInfo;
import io.vertx.core.Future;
import java.nio.ByteBuffer;

/** A pool that throws at puts and frees when a test says so. Thread-safe as the pool is. */
final class FaultyRam implements RamBackend {

  private final RamBackend pool;
  volatile boolean throwing;

  FaultyRam(RamBackend pool) {
    this.pool = pool;
  }

  private void mayThrow() {
    if (throwing) {
      throw new IllegalStateException("the pool is at fault");
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
    return pool.put(source, position, length);
  }

  @Override
  public boolean hasRoom(int length) {
    return pool.hasRoom(length);
  }

  @Override
  public ByteBuffer buffer(long handle) {
    return pool.buffer(handle);
  }

  @Override
  public int position(long handle) {
    return pool.position(handle);
  }

  @Override
  public int length(long handle) {
    return pool.length(handle);
  }

  @Override
  public void free(long handle) {
    mayThrow();
    pool.free(handle);
  }

  @Override
  public boolean wantsMove(long handle) {
    return pool.wantsMove(handle);
  }

  @Override
  public long relocate(long handle) {
    return pool.relocate(handle);
  }

  @Override
  public long planCompaction() {
    return pool.planCompaction();
  }
}
