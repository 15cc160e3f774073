package dev.tmem.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.tmem.Protection;
import dev.tmem.Until;
import dev.tmem.backend.BackendHost;
import dev.tmem.backend.CopyWalk;
import dev.tmem.backend.LossDomain;
import dev.tmem.backend.PageRef;
import dev.tmem.backend.Zpage;
import io.vertx.core.Future;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * A peer that answers a put on another thread, and asks at once which of its copies are in use,
 * while whoever put them is about to wait for the answer.
 */
class UntakenAnswerRaceTest {

  private static final int ROUNDS = 3_000;
  private static final int PAGES = 8;

  /** Asks about every copy as soon as it has said that it took it. */
  private static final class AskingPeer extends TwinBackend {

    private final ExecutorService asker;
    private final Set<PageRef> denied = ConcurrentHashMap.newKeySet();

    AskingPeer(ThreadScheduler scheduler, ExecutorService asker) {
      super("peer", 200, LossDomain.PEER, scheduler);
      this.asker = asker;
    }

    @Override
    public Future<long[]> put(List<Zpage> batch) {
      Future<long[]> answer = super.put(batch);
      BackendHost host = Objects.requireNonNull(this.host);
      answer.onSuccess(handles -> {
        for (int i = 0; i < handles.length; i++) {
          Zpage page = batch.get(i);
          PageRef ref = new PageRef(page.key(), page.epoch(), handles[i]);
          asker.execute(() -> ask(host, ref));
        }
      });
      return answer;
    }

    private void ask(BackendHost host, PageRef ref) {
      if (!host.names(ref)) {
        denied.add(ref);
      }
    }
  }

  @Test
  void whatWasDeniedIsNotNamedLater() throws Exception {
    try (ThreadScheduler scheduler = new ThreadScheduler(2);
        TestNode node = new TestNode(scheduler, 4 << 20);
        ExecutorService asker = Executors.newSingleThreadExecutor()) {
      AskingPeer peer = new AskingPeer(scheduler, asker);
      Until.done(node.dispatcher.register(node.zram));
      Until.done(node.dispatcher.register(peer));
      PageSpace space =
          Until.done(node.dispatcher.open(new SpaceConfig("a", 4096, true, Protection.NONE)));
      for (int round = 0; round < ROUNDS; round++) {
        for (int offset = 0; offset < PAGES; offset++) {
          Until.done(space.store(offset, ByteBuffer.wrap(Pages.of(1, offset, round, 4096))));
        }
        Until.done(node.dispatcher.shrink("zram", 0));
        asker.submit(() -> {}).get();
        Set<PageRef> both = new HashSet<>(named(peer));
        both.retainAll(peer.denied);
        assertEquals(Set.of(), both, "denied, and named all the same, in round " + round);
      }
    }
  }

  private static List<PageRef> named(AskingPeer peer) {
    CopyWalk walk = Objects.requireNonNull(peer.host).copies();
    List<PageRef> all = new ArrayList<>();
    @Nullable List<PageRef> some = walk.next();
    while (some != null) {
      all.addAll(some);
      some = walk.next();
    }
    return all;
  }
}
