package dev.tmem.dispatch;

import dev.tmem.backend.Zpage;
import java.util.List;

/**
 * One copy on its way out of a backend. Confined to the {@link Mover} that moves it.
 *
 * <p>For the whole of the move the slot names the source; it changes hands at the end, if the page
 * is the same version still, and (when {@code marked}) nobody has touched it.
 */
final class MoveItem {

  final Stripe stripe;
  final long offset;
  final long epoch;
  final Copy source;

  /** The demotion is given up if the page is touched meanwhile. */
  final boolean marked;

  final Placing placing;

  /**
   * @param kept the page's other copies
   */
  MoveItem(Stripe stripe, Zpage zpage, Copy source, List<Copy> kept, boolean marked) {
    this.stripe = stripe;
    this.offset = zpage.key().offset();
    this.epoch = zpage.epoch();
    this.source = source;
    this.marked = marked;
    this.placing = new Placing(stripe.space(), zpage, kept);
  }
}
