package dev.tmem.cli.simulation;

import dev.tmem.backend.BackendHost;
import dev.tmem.backend.BackendUsage;
import dev.tmem.backend.Fetched;
import dev.tmem.backend.LossDomain;
import dev.tmem.backend.PageKey;
import dev.tmem.backend.PageRef;
import dev.tmem.backend.SlowBackend;
import dev.tmem.backend.SpaceInfo;
import dev.tmem.backend.Zpage;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A planted bug: a fetch that is under way serves whoever asks for that page, without a look at the
 * epoch. Who asks for a newer version gets the older one.
 */
final class FetchesByPage implements Wiring {

  @Override
  public SlowBackend peers(SlowBackend ramster, NodeClock clock) {
    return new Joining(ramster);
  }

  private static final class Joining implements SlowBackend {

    private final SlowBackend real;
    private final Map<PageKey, Future<Fetched>> underWay = new HashMap<>();

    Joining(SlowBackend real) {
      this.real = real;
    }

    @Override
    public Future<List<Fetched>> get(List<PageRef> refs) {
      List<Future<Fetched>> answers = new ArrayList<>();
      for (PageRef ref : refs) {
        Future<Fetched> known = underWay.get(ref.key());
        if (known == null) {
          known = real.get(List.of(ref)).map(List::getFirst);
          underWay.put(ref.key(), known);
          known.onComplete(done -> underWay.remove(ref.key()));
        }
        answers.add(known.map(answer -> forgetful(answer, ref)));
      }
      return Future.all(answers).map(all -> answers.stream().map(Future::result).toList());
    }

    private static Fetched forgetful(Fetched answer, PageRef ref) {
      if (answer instanceof Fetched.Found found) {
        Zpage page = found.zpage();
        return new Fetched.Found(
            Zpage.arrived(
                ref.key(),
                ref.epoch(),
                page.codec(),
                page.originalLength(),
                page.bytes(),
                page.crc()));
      }
      return answer;
    }

    /** No call waits for anything. */
    @Override
    public boolean returnsAtOnce() {
      return true;
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
    public Future<long[]> put(List<Zpage> pages) {
      return real.put(pages);
    }

    @Override
    public Future<long[]> putApart(List<Zpage> pages, long[] first) {
      return real.putApart(pages, first);
    }

    @Override
    public void free(List<PageRef> refs) {
      real.free(refs);
    }

    @Override
    public Future<Void> close() {
      return real.close();
    }
  }
}
