package dev.tmem.dispatch;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.tmem.ErrorCode;
import dev.tmem.TmemEvent;
import dev.tmem.TmemException;
import dev.tmem.backend.Backend;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Adds backends to the chain and takes them out, while page spaces come and go.
 *
 * <p>Registration is lazy, in the order that the kernel's patches arrived at after a race was
 * found: snapshot of the open spaces, init for each, publish, snapshot again, mend. A space opened
 * in between sees either the published backend or is seen by the second snapshot; init is
 * idempotent, so both may happen. A space that ends tells every backend whose init for it has
 * succeeded, published or not; an init that succeeds after that is followed by the news of the end
 * at once. So a backend hears of the end of what it knows once, and of nothing else.
 *
 * <p>Thread-safe: registrations of different backends run side by side.
 */
final class Registration {

  private static final Logger LOG = LoggerFactory.getLogger(Registration.class);

  /** How often the init of a backend that failed for a space is tried again. */
  private static final long RETRY_MILLIS = 5_000;

  /** The most walks through all pages to empty a backend; the last ones find hardly any. */
  private static final int MAX_DRAIN_ROUNDS = 16;

  private final Dispatcher dispatcher;
  private final Backends backends;

  @GuardedBy("this")
  private boolean retrySet;

  Registration(Dispatcher dispatcher) {
    this.dispatcher = dispatcher;
    this.backends = dispatcher.backends();
  }

  Future<Void> register(Backend backend) {
    RegisteredBackend registered;
    try {
      registered = backends.reserve(backend);
    } catch (RuntimeException e) {
      return Future.failedFuture(e);
    }
    try {
      backend.attach(new Host(dispatcher, registered));
    } catch (RuntimeException e) {
      registered.health().close();
      backends.release(registered);
      return Future.failedFuture(e);
    }
    List<PageSpace> before = dispatcher.spaces();
    return initAll(registered, before)
        .compose(done -> {
          backends.publish(registered);
          dispatcher.upkeep().policy().chainChanged();
          List<PageSpace> opened = new ArrayList<>(dispatcher.spaces());
          opened.removeAll(new HashSet<>(before));
          return initAll(registered, opened);
        })
        .onSuccess(done -> {
          LOG.info("backend {} is registered, tier {}", registered.name(), registered.tier());
          dispatcher.notifier().tell(new TmemEvent.BackendRegistered(registered.name()));
        });
  }

  private Future<Void> initAll(RegisteredBackend backend, List<PageSpace> spaces) {
    List<Future<Void>> inits = new ArrayList<>();
    for (PageSpace space : spaces) {
      inits.add(init(backend, space));
    }
    return Future.join(inits).mapEmpty();
  }

  /** Makes a backend ready for a space; a failure concerns that pair only, and is tried again. */
  private Future<Void> init(RegisteredBackend backend, PageSpace space) {
    SpaceChain chain = space.chain();
    if (chain.isReady(backend) || !chain.uses(backend) || backend.health().isClosed()) {
      return Future.succeededFuture();
    }
    return backend
        .init(space.info(), () -> ready(backend, space))
        .compose(done -> ready(backend, space))
        .recover(error -> {
          if (chain.failedFirst(backend)) {
            LOG.warn(
                "backend {} is not used for area {} until its init succeeds: {}",
                backend.name(),
                space.config().name(),
                error.getMessage());
          }
          retryLater();
          return Future.succeededFuture();
        });
  }

  private Future<Void> ready(RegisteredBackend backend, PageSpace space) {
    if (space.chain().markReady(backend)) {
      return Future.succeededFuture();
    }
    return backend.invalidateSpace(space.number()).otherwiseEmpty();
  }

  /** A space has just been published: every backend there is learns of it. */
  Future<Void> opened(PageSpace space) {
    List<Future<Void>> inits = new ArrayList<>();
    for (RegisteredBackend backend : backends.chain()) {
      inits.add(init(backend, space));
    }
    return Future.join(inits).mapEmpty();
  }

  /** A space has ended, its pages are freed: the backends that know of it learn of that. */
  Future<Void> closed(PageSpace space) {
    List<Future<Void>> calls = new ArrayList<>();
    for (RegisteredBackend backend : space.chain().end()) {
      calls.add(backend.invalidateSpace(space.number()).otherwiseEmpty());
    }
    return Future.join(calls).mapEmpty();
  }

  private void retryLater() {
    synchronized (this) {
      if (retrySet) {
        return;
      }
      retrySet = true;
    }
    dispatcher.scheduler().schedule(RETRY_MILLIS, this::retry);
  }

  private void retry() {
    synchronized (this) {
      retrySet = false;
    }
    dispatcher.spaces().forEach(this::opened);
  }

  // ---- Taking out

  /**
   * Empties a backend into the others and removes it; if that cannot be, it stays, frozen.
   *
   * @param force what the others cannot take is given up: a page without another copy is lost, and
   *     the backend goes
   */
  Future<Void> deregister(String name, boolean force) {
    RegisteredBackend backend = backends.named(name);
    if (backend == null) {
      return Future.failedFuture(dispatcher.unknownBackend(name));
    }
    if (dispatcher.durables().needs(backend)) {
      return Future.failedFuture(
          new TmemException(
              ErrorCode.BACKEND_FAILED,
              name + " stays: it keeps durable areas; swap them off first"));
    }
    if (!backend.health().drain()) {
      return Future.failedFuture(
          new TmemException(ErrorCode.BACKEND_FAILED, name + " is being emptied already"));
    }
    // What began before may put copies there yet; what begins from now on will not.
    return dispatcher
        .underWay()
        .settled()
        .onSuccess(done -> dispatcher.ephemerals().leave(backend))
        .compose(done -> new Host(dispatcher, backend).count(handle -> true))
        .compose(pages ->
            dispatcher
                .longWorks()
                .run("deregister " + name, pages, work -> empty(backend, force, work)));
  }

  private Future<Void> empty(RegisteredBackend backend, boolean force, LongWork work) {
    return drain(backend, work, 1)
        .compose(left -> {
          if (left > 0 && work.isStopped()) {
            return refuse(backend, "emptying it was stopped, " + left + " pages are left");
          }
          return (left > 0 && force ? giveUp(backend) : Future.succeededFuture(left))
              .compose(rest ->
                  rest > 0
                      ? refuse(backend, "the others cannot take " + rest + " of its pages")
                      // A load that began since may have taken over a copy whose slot is gone.
                      : dispatcher.underWay().settled().compose(settled -> remove(backend)));
        });
  }

  /**
   * Strikes what could not be moved.
   *
   * @return the number of copies that are left all the same: those of operations under way
   */
  private Future<Long> giveUp(RegisteredBackend backend) {
    Host host = new Host(dispatcher, backend);
    return host.copiesGone(handle -> true, "its backend was deregistered by force")
        .compose(lost -> dispatcher.underWay().settled())
        .compose(settled -> host.count(handle -> true));
  }

  /**
   * Goes through all pages until none names the backend, or nothing more can be done.
   *
   * @return the number of copies that are left
   */
  private Future<Long> drain(RegisteredBackend backend, LongWork work, int round) {
    Targets targets = Targets.except(backend);
    return new Evacuation(dispatcher, backend, handle -> true, targets, Long.MAX_VALUE)
        .as(work)
        .run()
        // What has begun meanwhile may know of copies there yet.
        .compose(moved -> dispatcher.underWay().settled().map(moved))
        .compose(moved ->
            new Host(dispatcher, backend)
                .count(handle -> true)
                .compose(left ->
                    left == 0 || moved == 0 || round == MAX_DRAIN_ROUNDS
                        ? Future.succeededFuture(left)
                        : drain(backend, work, round + 1)));
  }

  private static Future<Void> refuse(RegisteredBackend backend, String why) {
    backend.health().stay(why);
    return Future.failedFuture(
        new TmemException(ErrorCode.BACKEND_FAILED, backend.name() + " stays, frozen: " + why));
  }

  private Future<Void> remove(RegisteredBackend backend) {
    backends.unpublish(backend);
    dispatcher.upkeep().policy().chainChanged();
    Future<Void> closed = backend.close();
    dispatcher.spaces().forEach(space -> space.chain().markUnready(backend));
    backends.release(backend);
    return closed
        .otherwise(error -> {
          LOG.warn("backend {} is gone, but did not close: {}", backend.name(), error.getMessage());
          return null;
        })
        .onSuccess(done -> {
          LOG.info("backend {} is gone", backend.name());
          dispatcher.notifier().tell(new TmemEvent.BackendGone(backend.name()));
        });
  }
}
