package dev.tmem.dispatch;

import dev.tmem.Protection;
import dev.tmem.backend.Scheduler;
import dev.tmem.codec.PageCodec;
import dev.tmem.memory.BlockPool;
import dev.tmem.memory.MemoryAccount;
import dev.tmem.memory.RegionPool;
import dev.tmem.zram.ZramBackend;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** A dispatcher over the real memory, codec and zram. */
public final class TestNode implements AutoCloseable {

  public final MemoryAccount memory;
  public final RegionPool regions;
  public final ZramBackend zram;
  public final Dispatcher dispatcher;
  public final Scheduler scheduler;

  /** What the dispatcher told its notifier, as {@code type detail}. */
  public final List<String> events = Collections.synchronizedList(new ArrayList<>());

  public TestNode(Scheduler scheduler, long memoryLimit) {
    this.scheduler = scheduler;
    this.memory = new MemoryAccount(memoryLimit);
    this.regions = new RegionPool(memory);
    this.zram = new ZramBackend(regions, memory);
    this.dispatcher =
        new Dispatcher(
            scheduler,
            new PageCodec(PageCodec.DEFAULT_MAX_STORED_PERCENT),
            new BlockPool(regions),
            10_000);
    dispatcher
        .notifier()
        .listen(event -> events.add(event.type() + " " + event.details().encode()));
  }

  /** Opens a space of 4 KiB pages, with a scheduler that is turned by hand. */
  public PageSpace open(String name, Protection protection) {
    Future<PageSpace> space = dispatcher.open(new SpaceConfig(name, 4096, true, protection));
    settle(space);
    return space.result();
  }

  /** Runs the manual scheduler until the future is complete. */
  public void settle(Future<?> future) {
    if (scheduler instanceof ManualScheduler manual) {
      manual.until(future::isComplete);
    }
  }

  @Override
  public void close() {
    regions.close();
  }
}
