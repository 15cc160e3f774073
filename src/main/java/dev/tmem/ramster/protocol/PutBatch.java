package dev.tmem.ramster.protocol;

import dev.tmem.backend.Zpage;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Pages that go to a lender in one message; of one put, or of several that came close together.
 * Confined to the lock of the {@link PeerNode}.
 *
 * <p>Invariant: it fits into a frame.
 */
final class PutBatch {

  /**
   * A page of a put.
   *
   * @param position within the put
   */
  record Item(PutJob job, int position) {

    Zpage zpage() {
      return job.page(position);
    }

    int bytes() {
      return WireLayout.PUT_ENTRY_BYTES + zpage().length();
    }
  }

  private final List<Item> items = new ArrayList<>();
  private int bytes;

  /** Indexes of lenders that keep the pages, or have refused them. */
  final BitSet avoid;

  /** Who keeps them already; null: nobody does. */
  final @Nullable Peer apart;

  /** Lenders that they may still be offered to. */
  final int offers;

  /** When the first page came. */
  final long sinceNanos;

  PutBatch(BitSet avoid, @Nullable Peer apart, int offers, long now) {
    this.avoid = avoid;
    this.apart = apart;
    this.offers = offers;
    this.sinceNanos = now;
  }

  /** An empty one, for what a lender has refused of this one. */
  PutBatch without(Lent refused, long now) {
    BitSet more = (BitSet) avoid.clone();
    more.set(refused.index());
    return new PutBatch(more, apart, offers - 1, now);
  }

  /** Whether one more fits. */
  boolean admits(Item item) {
    return items.isEmpty()
        || (items.size() < WireLayout.ENTRIES_MAX
            && bytes + item.bytes() <= WireLayout.BODY_BYTES_AIM);
  }

  void add(Item item) {
    items.add(item);
    bytes += item.bytes();
  }

  List<Item> items() {
    return items;
  }

  int bytes() {
    return bytes;
  }
}
