package dev.tmem.dispatch;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** A policy that finds the pages it was told to, largest or not. Confined to its test. */
final class NamedPages implements DemotionPolicy {

  private final PageSpace space;
  private final List<Long> offsets;

  /** Run after the pages were found, and before they are used. */
  Runnable afterwards = () -> {};

  NamedPages(PageSpace space, List<Long> offsets) {
    this.space = space;
    this.offsets = offsets;
  }

  @Override
  public List<Cold> coldest(RegisteredBackend source, Scope scope, int max) {
    List<Cold> cold = new ArrayList<>();
    for (long offset : offsets) {
      Stripe stripe = space.stripe(offset);
      stripe.lock.lock();
      try {
        long ref = stripe.slots.find(offset);
        long word = SlotWord.withReferences(stripe.slots.word(ref), 0);
        stripe.slots.setWord(ref, word);
        cold.add(
            new Cold(
                stripe,
                offset,
                SlotWord.epoch(word),
                Objects.requireNonNull(source.ram()).length(stripe.slots.handle(ref))));
      } finally {
        stripe.lock.unlock();
      }
    }
    afterwards.run();
    return cold;
  }
}
