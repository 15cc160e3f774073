package dev.tmem.dispatch;

import dev.tmem.backend.PageRef;
import java.util.Iterator;
import java.util.List;

/** The slots of certain copies, if their pages are still of that version. Confined to one user. */
final class SlotsOf implements SlotSource {

  private final Dispatcher dispatcher;
  private final Iterator<PageRef> copies;

  SlotsOf(Dispatcher dispatcher, List<PageRef> copies) {
    this.dispatcher = dispatcher;
    this.copies = copies.iterator();
  }

  @Override
  @SuppressWarnings("GuardedBy") // the visitor runs within the lock
  public boolean next(TableWalk.Visitor visitor) {
    if (!copies.hasNext()) {
      return false;
    }
    PageRef copy = copies.next();
    PageSpace space = dispatcher.space(copy.key().space());
    if (space != null && space.config().persistent()) {
      long offset = copy.key().offset();
      Stripe stripe = space.stripe(offset);
      stripe.lock.lock();
      try {
        long ref = stripe.findVersion(offset, copy.epoch());
        if (ref >= 0) {
          visitor.visit(stripe, ref);
        }
      } finally {
        stripe.lock.unlock();
      }
    }
    return true;
  }
}
