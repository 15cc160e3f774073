package dev.tmem.dispatch;

import dev.tmem.backend.Backend;
import dev.tmem.backend.Codec;
import dev.tmem.backend.Fetched;
import dev.tmem.backend.PageKey;
import dev.tmem.backend.PageRef;
import dev.tmem.backend.SpaceInfo;
import dev.tmem.backend.Zpage;
import io.vertx.core.Future;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Finds out whether a backend works: puts a page, reads it, compares it, frees it. No page of
 * anybody's is risked. A backend that refuses the page has answered, and that is enough.
 *
 * <p>Confined: its steps follow one another.
 */
final class Probe {

  /** The page space of probes; spaces of areas are numbered from 1. Its name is none of an area. */
  static final SpaceInfo SPACE = new SpaceInfo(0, "(probe)", 1024, true);

  private final Dispatcher dispatcher;
  private final RegisteredBackend backend;
  private final Zpage page;

  Probe(Dispatcher dispatcher, RegisteredBackend backend) {
    this.dispatcher = dispatcher;
    this.backend = backend;
    SplittableRandom random = new SplittableRandom(dispatcher.scheduler().nanoTime());
    byte[] bytes = new byte[SPACE.pageSize()];
    random.nextBytes(bytes);
    PageKey key = new PageKey(SPACE.number(), random.nextLong(PageKey.MAX_OFFSET));
    this.page = Zpage.of(key, 1, Codec.RAW, bytes.length, bytes);
  }

  /** Fails if the backend does not work. */
  Future<Void> run() {
    UnderWay.Period period = dispatcher.underWay().begin();
    return backend
        .init(SPACE, () -> {})
        .compose(done -> backend.probePut(page))
        .compose(
            handle -> handle == Backend.REFUSED ? Future.<Void>succeededFuture() : read(handle))
        .onComplete(done -> dispatcher.underWay().end(period));
  }

  private Future<Void> read(long handle) {
    Copy copy = new Copy(backend.ordinal, handle);
    PageRef ref = new PageRef(page.key(), page.epoch(), handle);
    dispatcher.inFlight().add(copy);
    return backend
        .probeGet(ref, page)
        .compose(answer ->
            isSame(answer)
                ? Future.<Void>succeededFuture()
                : Future.failedFuture("it does not return what it was given: " + answer))
        .onComplete(done -> {
          dispatcher.inFlight().remove(copy);
          backend.free(List.of(ref));
        });
  }

  private boolean isSame(Fetched answer) {
    return answer instanceof Fetched.Found found
        && Arrays.equals(found.zpage().bytes(), page.bytes());
  }
}
