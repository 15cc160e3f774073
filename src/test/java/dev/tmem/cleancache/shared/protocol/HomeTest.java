package dev.tmem.cleancache.shared.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tmem.ObjectKey;
import dev.tmem.cleancache.shared.protocol.Message.CacheName;
import dev.tmem.cleancache.shared.protocol.Message.Operation;
import dev.tmem.cleancache.shared.protocol.Message.Outcome;
import dev.tmem.cleancache.shared.protocol.Message.Reply;
import dev.tmem.cleancache.shared.protocol.Message.Request;
import dev.tmem.cli.simulation.shared.SimStore;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** What a home answers to requests that come more than once. A single home, asked by a guest. */
class HomeTest {

  private static final CacheName CACHE = new CacheName(new UUID(1, 2), 4096, 0);

  private final Member self = new Member(new UUID(1, 1), "home", "home", 1);
  private final Member guest = new Member(new UUID(2, 2), "guest", "guest", 0);
  private final View view = View.first(new UUID(4, 4), self, true);
  private final Store store = new Store();
  private final Home home =
      new Home(
          self,
          Timing.DEFAULT,
          new HomeRules(),
          store,
          (name, slot, settledAt, now) -> true,
          new Loads(self.incarnation(), (to, reply, at) -> {}, 0));

  /** Invalidates everything when it is told that this is done. */
  private static final class Store extends SimStore {
    final List<Promise<Void>> underWay = new ArrayList<>();

    Store() {
      super(Runnable::run);
    }

    @Override
    public Future<Void> invalidateAll(CacheName cache) {
      Promise<Void> promise = Promise.promise();
      underWay.add(promise);
      return promise.future().compose(done -> super.invalidateAll(cache));
    }
  }

  private HomeTest() {
    home.install(view, false, 0);
    home.leased(view, 1_000_000);
  }

  private Future<Reply> invalidateAll(long number) {
    return home.serve(
        guest,
        new Request(
            view.name(),
            number,
            number,
            Operation.INVALIDATE_CACHE,
            CACHE,
            new ObjectKey(0, 0),
            List.of(),
            List.of(),
            0),
        0);
  }

  @Test
  void aRepeatedInvalidateOfAllIsNotAnsweredWhileTheFirstIsAtWork() {
    Future<Reply> first = invalidateAll(7);
    Future<Reply> repeated = invalidateAll(7);
    assertFalse(first.isComplete());
    assertFalse(repeated.isComplete(), "nothing is invalidated yet");
    store.underWay.forEach(Promise::complete);
    assertEquals(Outcome.DONE, first.result().outcome());
    assertEquals(Outcome.DONE, repeated.result().outcome());
  }

  @Test
  void anInvalidateOfAllThatIsOverIsNotCarriedOutAgain() {
    invalidateAll(7);
    invalidateAll(8);
    int carriedOut = store.underWay.size();
    Future<Reply> late = invalidateAll(7);
    assertTrue(late.isComplete());
    assertEquals(Outcome.LATE, late.result().outcome(), "its sender has given it up");
    assertEquals(carriedOut, store.underWay.size());
  }
}
