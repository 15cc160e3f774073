package dev.tmem.dispatch;

/** Offers every copy in a RAM backend to its compaction. Thread-safe. */
final class RamCompaction {

  private final Dispatcher dispatcher;

  RamCompaction(Dispatcher dispatcher) {
    this.dispatcher = dispatcher;
  }

  /**
   * @return bytes that became free for other sizes
   */
  long run(RegisteredBackend source) {
    if (source.ram() == null) {
      return 0;
    }
    ContainedRam ram = source.inRam();
    long gain = ram.planCompaction();
    if (gain > 0) {
      dispatcher.keepers().compact();
      new TableWalk(dispatcher.spaces())
          .all((stripe, ref) -> compactSlot(source, ram, stripe, ref));
    }
    return gain;
  }

  @SuppressWarnings("GuardedBy") // the walk holds the stripe's lock
  private static void compactSlot(
      RegisteredBackend source, ContainedRam ram, Stripe stripe, long ref) {
    if (SlotWord.ordinal(stripe.slots.word(ref)) == source.ordinal) {
      long handle = stripe.slots.handle(ref);
      long better = ram.relocate(handle);
      if (better != handle) {
        stripe.slots.setHandle(ref, better);
      }
    }
  }
}
