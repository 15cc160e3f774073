package dev.tmem.cli.simulation;

import dev.tmem.backend.Fetched;
import dev.tmem.backend.PageKey;
import dev.tmem.backend.PageRef;
import dev.tmem.backend.SlowBackend;
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

  private static final class Joining extends RelayedBackend {

    private final Map<PageKey, Future<Fetched>> underWay = new HashMap<>();

    Joining(SlowBackend real) {
      super(real);
    }

    @Override
    public Future<List<Fetched>> get(List<PageRef> refs) {
      List<Future<Fetched>> answers = new ArrayList<>();
      for (PageRef ref : refs) {
        Future<Fetched> known = underWay.get(ref.key());
        if (known == null) {
          known = super.get(List.of(ref)).map(List::getFirst);
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
  }
}
