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
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Adds backends to the chain and takes them out, while page spaces come and go.
 *
 * <p>Registration is lazy, in the order that the kernel's patches arrived at after a race was
 * found: snapshot of the open spaces, init for each, publish, snapshot again, mend. A space opened
 * in between sees either the published backend or is seen by the second snapshot; init is
 * idempotent, so both may happen.
 *
 * <p>Thread-safe: registrations of different backends run side by side.
 */
final class Registration {

  private static final Logger LOG = LoggerFactory.getLogger(Registration.class);

  /** How often the init of a backend that failed for a space is tried again. */
  private static final long RETRY_MILLIS = 5_000;

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
      backends.remove(registered);
      return Future.failedFuture(e);
    }
    List<PageSpace> before = dispatcher.spaces();
    return initAll(registered, before)
        .compose(done -> {
          backends.publish(registered);
          dispatcher.upkeep().policy().chainChanged();
          return mend(registered, before);
        })
        .onSuccess(
            done -> dispatcher.notifier().tell(new TmemEvent.BackendRegistered(backend.name())));
  }

  private Future<Void> mend(RegisteredBackend backend, List<PageSpace> before) {
    Set<PageSpace> now = new HashSet<>(dispatcher.spaces());
    List<PageSpace> opened = new ArrayList<>(now);
    opened.removeAll(before);
    Future<Void> mended = initAll(backend, opened);
    for (PageSpace space : before) {
      if (!now.contains(space)) {
        mended = mended.compose(done -> backend.invalidateSpace(space.number()).otherwiseEmpty());
      }
    }
    return mended;
  }

  private Future<Void> initAll(RegisteredBackend backend, List<PageSpace> spaces) {
    List<Future<Void>> inits = new ArrayList<>();
    for (PageSpace space : spaces) {
      inits.add(init(backend, space));
    }
    return Future.join(inits).mapEmpty();
  }

  /** Makes a backend ready for a space; a failure concerns that pair only, and is tried again. */
  Future<Void> init(RegisteredBackend backend, PageSpace space) {
    if (space.isReady(backend)) {
      return Future.succeededFuture();
    }
    return backend
        .init(space.info())
        .onSuccess(done -> space.markReady(backend))
        .recover(error -> {
          LOG.warn(
              "backend {} is not used for area {} until its init succeeds: {}",
              backend.name(),
              space.config().name(),
              error.getMessage());
          retryLater();
          return Future.succeededFuture();
        });
  }

  /** A space has just been published: every backend there is learns of it. */
  Future<Void> opened(PageSpace space) {
    List<Future<Void>> inits = new ArrayList<>();
    for (RegisteredBackend backend : backends.chain()) {
      inits.add(init(backend, space));
    }
    return Future.join(inits).mapEmpty();
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

  /** Empties a backend into the others and removes it; if that cannot be, it stays, frozen. */
  Future<Void> deregister(String name) {
    RegisteredBackend backend = backends.named(name);
    if (backend == null) {
      return Future.failedFuture(dispatcher.unknownBackend(name));
    }
    if (!backend.startDraining()) {
      return Future.failedFuture(
          new TmemException(ErrorCode.BACKEND_FAILED, name + " is being taken out already"));
    }
    List<RegisteredBackend> others = new ArrayList<>(List.of(backends.chain()));
    others.remove(backend);
    Host host = new Host(dispatcher, backend);
    UnderWay underWay = dispatcher.underWay();
    // What began before may put copies there yet; what begins from now on will not.
    return underWay
        .settled()
        .compose(done ->
            new Evacuation(dispatcher, backend, handle -> true, others, Long.MAX_VALUE).run())
        .compose(moved -> host.evacuate(handle -> true))
        .compose(left -> {
          if (left > 0) {
            backend.setState(RegisteredBackend.State.FROZEN);
            return Future.failedFuture(
                new TmemException(
                    ErrorCode.BACKEND_FAILED,
                    name + " stays, frozen: the others cannot take " + left + " of its pages"));
          }
          // What has begun meanwhile may know of copies there yet.
          return underWay.settled().compose(done -> remove(backend));
        });
  }

  private Future<Void> remove(RegisteredBackend backend) {
    backends.remove(backend);
    dispatcher.upkeep().policy().chainChanged();
    dispatcher.spaces().forEach(space -> space.markUnready(backend));
    return backend
        .backend
        .close()
        .onSuccess(done -> dispatcher.notifier().tell(new TmemEvent.BackendGone(backend.name())));
  }
}
