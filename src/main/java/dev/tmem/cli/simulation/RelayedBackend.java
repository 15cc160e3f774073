package dev.tmem.cli.simulation;

import dev.tmem.backend.BackendHost;
import dev.tmem.backend.BackendUsage;
import dev.tmem.backend.Fetched;
import dev.tmem.backend.LossDomain;
import dev.tmem.backend.PageRef;
import dev.tmem.backend.SlowBackend;
import dev.tmem.backend.SpaceInfo;
import dev.tmem.backend.Zpage;
import io.vertx.core.Future;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Hands every call on to another backend; whoever wants to stand in between begins with it. */
class RelayedBackend implements SlowBackend {

  private final SlowBackend real;

  RelayedBackend(SlowBackend real) {
    this.real = real;
  }

  @Override
  public boolean returnsAtOnce() {
    return real.returnsAtOnce();
  }

  @Override
  public String name() {
    return real.name();
  }

  @Override
  public int tier() {
    return real.tier();
  }

  @Override
  public LossDomain lossDomain() {
    return real.lossDomain();
  }

  @Override
  public void attach(BackendHost host) {
    real.attach(host);
  }

  @Override
  public Future<Void> init(SpaceInfo space) {
    return real.init(space);
  }

  @Override
  public Future<Void> invalidateSpace(int space) {
    return real.invalidateSpace(space);
  }

  @Override
  public BackendUsage usage() {
    return real.usage();
  }

  @Override
  public @Nullable String trouble() {
    return real.trouble();
  }

  @Override
  public void thaw() {
    real.thaw();
  }

  @Override
  public Map<String, Long> counters() {
    return real.counters();
  }

  @Override
  public Future<long[]> put(List<Zpage> pages) {
    return real.put(pages);
  }

  @Override
  public Future<long[]> putApart(List<Zpage> pages, long[] first) {
    return real.putApart(pages, first);
  }

  @Override
  public Future<List<Fetched>> get(List<PageRef> refs) {
    return real.get(refs);
  }

  @Override
  public void free(List<PageRef> refs) {
    real.free(refs);
  }

  @Override
  public Future<Void> flush() {
    return real.flush();
  }

  @Override
  public Future<Void> close() {
    return real.close();
  }
}
