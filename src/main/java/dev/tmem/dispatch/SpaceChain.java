package dev.tmem.dispatch;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The backends that one page space may use, in its order: all there are, in the order of the chain;
 * or those that its {@code tiers} name, in the order of that list. And which of them are ready,
 * which means that their init for the space has succeeded.
 *
 * <p>Invariants: a backend that the space does not use is never ready, so nothing that asks {@link
 * #mayPut} has to know of tiers. Nothing becomes ready after the end of the space.
 *
 * <p>Thread-safe: changes are made under this object's monitor, reads take no lock.
 */
final class SpaceChain {

  /** The order of a space with tiers, as it follows from a state of the chain. Immutable. */
  private static final class Order {
    /** The chain that it was made from. */
    final RegisteredBackend[] all;

    /** What the space uses of it. */
    final RegisteredBackend[] own;

    Order(RegisteredBackend[] all, RegisteredBackend[] own) {
      this.all = all;
      this.own = own;
    }
  }

  private final Backends backends;

  /** Names; empty: every backend. */
  private final List<String> tiers;

  /** Whether there is such a list; every store asks. */
  private final boolean listed;

  /** Bit per ordinal. */
  private volatile int ready;

  /** Bit per ordinal: the backends whose init has failed, and has not succeeded since. */
  @GuardedBy("this")
  private int failed;

  @GuardedBy("this")
  private boolean ended;

  /** Benign race: two threads may make the same order. */
  private volatile @Nullable Order order;

  SpaceChain(Backends backends, List<String> tiers) {
    this.backends = backends;
    this.tiers = tiers;
    this.listed = !tiers.isEmpty();
  }

  // ---- Ready or not

  /** Whether the space may use a backend at all. */
  boolean uses(RegisteredBackend backend) {
    return !listed || tiers.contains(backend.name());
  }

  /**
   * The backend's init has succeeded.
   *
   * @return false: the space has ended by now, and the backend has to be told of that
   */
  synchronized boolean markReady(RegisteredBackend backend) {
    if (ended) {
      return false;
    }
    if (!backend.health().isClosed()) {
      ready |= 1 << backend.ordinal;
      failed &= ~(1 << backend.ordinal);
    }
    return true;
  }

  /** The backend is closed: its ordinal may be another's soon. */
  synchronized void markUnready(RegisteredBackend backend) {
    ready &= ~(1 << backend.ordinal);
    failed &= ~(1 << backend.ordinal);
  }

  /** An init has failed; whether that is the first time for this backend. */
  synchronized boolean failedFirst(RegisteredBackend backend) {
    int before = failed;
    failed |= 1 << backend.ordinal;
    return failed != before;
  }

  boolean isReady(RegisteredBackend backend) {
    return (ready & 1 << backend.ordinal) != 0;
  }

  /** Whether the backend may be asked to take a page of this space. */
  boolean mayPut(RegisteredBackend backend) {
    return isReady(backend) && backend.isActive();
  }

  /**
   * The space has ended.
   *
   * @return the backends that know of it, those among them that are not in the chain yet
   */
  synchronized List<RegisteredBackend> end() {
    ended = true;
    List<RegisteredBackend> told = new ArrayList<>();
    for (RegisteredBackend backend : backends.all()) {
      if (isReady(backend)) {
        told.add(backend);
      }
    }
    ready = 0;
    return told;
  }

  // ---- The order

  /** In the order in which they are tried. Not to be written to. */
  RegisteredBackend[] inOrder() {
    RegisteredBackend[] all = backends.chain();
    return listed ? ordered(all) : all;
  }

  @SuppressWarnings("ReferenceEquality") // the same array is the same state of the chain
  private RegisteredBackend[] ordered(RegisteredBackend[] all) {
    Order known = order;
    if (known == null || known.all != all) {
      List<RegisteredBackend> own = new ArrayList<>();
      for (String name : tiers) {
        for (RegisteredBackend backend : all) {
          if (backend.name().equals(name)) {
            own.add(backend);
          }
        }
      }
      known = new Order(all, own.toArray(RegisteredBackend[]::new));
      order = known;
    }
    return known.own;
  }

  /** The place in the order; after all others for one that the space does not use. */
  int rank(int ordinal) {
    RegisteredBackend[] own = inOrder();
    for (int i = 0; i < own.length; i++) {
      if (own[i].ordinal == ordinal) {
        return i;
      }
    }
    return own.length;
  }

  /** The RAM backend a store tries first; null if one that may wait comes before any. */
  @Nullable RegisteredBackend firstRam() {
    for (RegisteredBackend backend : inOrder()) {
      if (mayPut(backend)) {
        return backend.ram() == null ? null : backend;
      }
    }
    return null;
  }

  /** Those that a page leaving this one may go to, in order: the ones of lower tiers. */
  List<RegisteredBackend> below(RegisteredBackend source) {
    List<RegisteredBackend> targets = new ArrayList<>();
    int rank = listed ? rank(source.ordinal) : 0;
    RegisteredBackend[] own = inOrder();
    for (int i = 0; i < own.length; i++) {
      if (listed ? i > rank : own[i].tier() > source.tier()) {
        targets.add(own[i]);
      }
    }
    return targets;
  }

  /** The last that may wait, which is where writethrough goes; null if there is none. */
  @Nullable RegisteredBackend lowest() {
    RegisteredBackend[] own = inOrder();
    for (int i = own.length - 1; i >= 0; i--) {
      if (own[i].ram() == null) {
        return own[i];
      }
    }
    return null;
  }
}
