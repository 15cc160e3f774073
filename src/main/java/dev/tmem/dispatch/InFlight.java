package dev.tmem.dispatch;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.tmem.backend.PageRef;
import dev.tmem.backend.Zpage;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Copies that were made and are not named by a slot yet. What is said of a backend's copies while
 * they are on their way has to reach these too: a walk over the slots does not see them.
 *
 * <p>A put counts from the call to its backend on: that may have answered, and say or ask something
 * of the copies, before whoever waits for the answer has taken it on another thread.
 *
 * <p>Invariant: a copy that was struck is not named by a slot later on. Whoever writes slots looks
 * at {@link #isStruck} under the stripe's lock, and whoever strikes walks over the slots
 * afterwards; so a copy is struck here or there.
 *
 * <p>Thread-safe: atomic.
 */
final class InFlight {

  /** With whether it was struck. */
  private final Map<Copy, Boolean> copies = new ConcurrentHashMap<>();

  /**
   * Copies among them that were struck, never fewer; so that others cost nothing. A strike counts
   * before its walk over the slots begins.
   */
  private final AtomicInteger struckCopies = new AtomicInteger();

  private final Set<Offer> offers = ConcurrentHashMap.newKeySet();

  /** Offers that were struck and not taken since; so that others cost nothing. */
  private final AtomicInteger struckOffers = new AtomicInteger();

  /** A put to one backend, until its answer is taken. Thread-safe: its monitor. */
  final class Offer {

    private final int ordinal;
    private final List<Zpage> pages;

    /** What was struck since it began; null: nothing. */
    @GuardedBy("this")
    private @Nullable Predicate<Copy> struck;

    @GuardedBy("this")
    private boolean taken;

    private Offer(int ordinal, List<Zpage> pages) {
      this.ordinal = ordinal;
      this.pages = pages;
    }

    private synchronized void strike(Predicate<Copy> meant) {
      if (taken) {
        return;
      }
      if (struck == null) {
        struckOffers.incrementAndGet();
        struck = meant;
      } else {
        struck = struck.or(meant);
      }
    }

    private synchronized boolean isStruck(Copy copy) {
      return copy.ordinal() == ordinal && struck != null && struck.test(copy);
    }

    /** Copies of it were added, or are freed, by whoever took the answer. */
    void taken() {
      offers.remove(this);
      synchronized (this) {
        taken = true;
        if (struck != null) {
          struckOffers.decrementAndGet();
        }
      }
    }

    private boolean mayBecome(int backend, PageRef ref) {
      if (backend != ordinal) {
        return false;
      }
      for (Zpage page : pages) {
        if (page.epoch() == ref.epoch() && page.key().equals(ref.key())) {
          return true;
        }
      }
      return false;
    }
  }

  /** A backend is about to be given these; {@link Offer#taken} has to follow, once. */
  Offer offered(int ordinal, List<Zpage> pages) {
    Offer offer = new Offer(ordinal, pages);
    offers.add(offer);
    return offer;
  }

  void add(Copy copy) {
    copies.put(copy, false);
    // Looked at after it was added: who strikes meets it in one place or the other.
    if (struckOffers.get() > 0 && offers.stream().anyMatch(offer -> offer.isStruck(copy))) {
      strike(copy);
    }
  }

  /** It stands in a slot now, or is freed. */
  void remove(Copy copy) {
    if (Boolean.TRUE.equals(copies.remove(copy))) {
      struckCopies.decrementAndGet();
    }
  }

  /** Whether it is, or may become, a copy that was made and is not named yet. */
  boolean contains(int ordinal, PageRef ref) {
    // In this order: what leaves the offers has been added by then.
    return offers.stream().anyMatch(offer -> offer.mayBecome(ordinal, ref))
        || copies.containsKey(new Copy(ordinal, ref.handle()));
  }

  int size() {
    return copies.size();
  }

  /** These are gone, or likely so. */
  void strike(Predicate<Copy> meant) {
    offers.forEach(offer -> offer.strike(meant));
    for (Copy copy : copies.keySet()) {
      if (meant.test(copy)) {
        strike(copy);
      }
    }
  }

  private void strike(Copy copy) {
    struckCopies.incrementAndGet();
    if (!copies.replace(copy, false, true)) {
      struckCopies.decrementAndGet();
    }
  }

  boolean isStruck(Copy copy) {
    return struckCopies.get() > 0 && copies.getOrDefault(copy, false);
  }
}
