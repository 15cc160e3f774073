package dev.tmem.dispatch;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.tmem.ErrorCode;
import dev.tmem.Options;
import dev.tmem.TmemException;
import dev.tmem.backend.Backend;
import dev.tmem.backend.BackendUsage;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The backends by ordinal, and in the order of the chain: by tier, the newest first among equals,
 * as frontswap had it.
 *
 * <p>Thread-safe: reads see an immutable array; changes are made under this object's monitor. An
 * ordinal is used again only after the backend that had it is gone from every slot.
 */
final class Backends {

  private final Dispatcher dispatcher;
  private final long timeoutMillis;

  @GuardedBy("this")
  private final @Nullable RegisteredBackend[] slots =
      new @Nullable RegisteredBackend[SlotWord.MAX_BACKENDS];

  private volatile @Nullable RegisteredBackend[] byOrdinal = slots.clone();
  private volatile RegisteredBackend[] chain = {};

  Backends(Dispatcher dispatcher, long timeoutMillis) {
    this.dispatcher = dispatcher;
    this.timeoutMillis = timeoutMillis;
  }

  /** The backend that a slot names. */
  RegisteredBackend get(int ordinal) {
    RegisteredBackend backend = byOrdinal[ordinal];
    if (backend == null) {
      throw new IllegalStateException("no backend has ordinal " + ordinal);
    }
    return backend;
  }

  /** Those of the chain that wait, and die with the node alone: the local disks. */
  List<RegisteredBackend> disks() {
    return Stream.of(chain)
        .filter(backend -> backend.ram() == null && !backend.diesWithPeer())
        .toList();
  }

  /** In the order in which they are tried. Not to be written to. */
  RegisteredBackend[] chain() {
    return chain;
  }

  /** All that have an ordinal, those among them that are not in the chain yet. */
  List<RegisteredBackend> all() {
    List<RegisteredBackend> all = new ArrayList<>();
    for (RegisteredBackend backend : byOrdinal) {
      if (backend != null) {
        all.add(backend);
      }
    }
    return all;
  }

  @Nullable RegisteredBackend named(String name) {
    for (RegisteredBackend backend : chain) {
      if (backend.name().equals(name)) {
        return backend;
      }
    }
    return null;
  }

  /** Gives the backend an ordinal; it is not in the chain yet. */
  synchronized RegisteredBackend reserve(Backend backend) {
    String name = backend.name();
    for (RegisteredBackend other : slots) {
      if (other != null && other.name().equals(name)) {
        throw new TmemException(
            ErrorCode.UNKNOWN_BACKEND, "a backend named " + name + " exists already");
      }
    }
    for (int ordinal = 0; ordinal < slots.length; ordinal++) {
      if (slots[ordinal] == null) {
        RegisteredBackend registered =
            new RegisteredBackend(ordinal, backend, dispatcher, timeoutMillis);
        slots[ordinal] = registered;
        byOrdinal = slots.clone();
        return registered;
      }
    }
    throw new TmemException(
        ErrorCode.FULL, slots.length + " backends are registered; that is the limit");
  }

  /** Puts a backend into the chain, before those of its tier. */
  synchronized void publish(RegisteredBackend backend) {
    List<RegisteredBackend> order = new ArrayList<>(List.of(chain));
    int at = 0;
    while (at < order.size() && order.get(at).tier() < backend.tier()) {
      at++;
    }
    order.add(at, backend);
    chain = order.toArray(RegisteredBackend[]::new);
  }

  /** Takes a backend out of the chain; it keeps its ordinal. */
  synchronized void unpublish(RegisteredBackend backend) {
    List<RegisteredBackend> order = new ArrayList<>(List.of(chain));
    order.remove(backend);
    chain = order.toArray(RegisteredBackend[]::new);
  }

  /** Gives a backend's ordinal back: no slot names it, and no space takes it for ready. */
  synchronized void release(RegisteredBackend backend) {
    slots[backend.ordinal] = null;
    byOrdinal = slots.clone();
  }

  /**
   * The last of the chain that may wait, which is where writethrough goes; null if there is none.
   */
  @Nullable RegisteredBackend lowest() {
    RegisteredBackend[] all = chain;
    for (int i = all.length - 1; i >= 0; i--) {
      if (all[i].ram() == null) {
        return all[i];
      }
    }
    return null;
  }

  /** How full the backends are, for the message of an error. */
  String fullness() {
    StringBuilder text = new StringBuilder(" (");
    for (RegisteredBackend backend : chain) {
      BackendUsage usage = backend.usage();
      text.append(text.length() > 2 ? ", " : "")
          .append(backend.name())
          .append(' ')
          .append(Options.humanBytes(usage.usedBytes()))
          .append(" of ")
          .append(Options.humanBytes(usage.limitBytes()));
    }
    return text.append(text.length() > 2 ? ")" : "no backend)").toString();
  }
}
