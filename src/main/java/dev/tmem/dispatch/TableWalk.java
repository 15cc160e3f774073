package dev.tmem.dispatch;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.Iterator;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A walk over all slots of some page spaces, one block of slots at a time, each under the lock of
 * its stripe. A page that is present throughout the walk is seen at least once; one that comes and
 * goes meanwhile may be missed or seen.
 *
 * <p>Confined to one user at a time.
 */
final class TableWalk implements SlotSource {

  /** What is done with a slot. */
  interface Visitor {
    /**
     * Called with the lock of the stripe held. May change word, handle and extra copies of the
     * slot; must neither add nor remove slots.
     */
    @GuardedBy("stripe.lock")
    void visit(Stripe stripe, long ref);
  }

  private final Iterator<PageSpace> spaces;
  private @Nullable PageSpace space;
  private int stripe;
  private long cursor;

  TableWalk(List<PageSpace> spaces) {
    this.spaces = spaces.iterator();
  }

  /** Visits the next block; false: there was none. */
  @Override
  public boolean next(Visitor visitor) {
    return next(any -> true, visitor);
  }

  /**
   * Visits the next block of a space that is wanted; false: there was none.
   *
   * @param wanted spaces that are not are left or passed over
   */
  @SuppressWarnings("GuardedBy") // the visitor runs within the locked sweep
  boolean next(Predicate<PageSpace> wanted, Visitor visitor) {
    PageSpace current = space;
    while (current == null || !wanted.test(current)) {
      if (!spaces.hasNext()) {
        return false;
      }
      current = spaces.next();
      space = current;
      stripe = 0;
      cursor = 0;
    }
    Stripe part = current.stripes()[stripe];
    part.lock.lock();
    try {
      cursor = part.slots.sweep(cursor, ref -> visitor.visit(part, ref));
    } finally {
      part.lock.unlock();
    }
    if (cursor < 0) {
      cursor = 0;
      stripe++;
      if (stripe == current.stripes().length) {
        space = null;
      }
    }
    return true;
  }

  /** Visits everything. */
  void all(Visitor visitor) {
    while (next(visitor)) {
      // each step visits one block
    }
  }
}
