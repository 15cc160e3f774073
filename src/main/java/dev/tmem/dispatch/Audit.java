package dev.tmem.dispatch;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Looks through page tables and says what does not add up. Thread-safe; holds no state. */
final class Audit {

  private final Dispatcher dispatcher;

  Audit(Dispatcher dispatcher) {
    this.dispatcher = dispatcher;
  }

  /**
   * Holds the counters against the page tables. Only at rest does a difference mean anything.
   *
   * @return what does not add up; empty: all does
   */
  List<String> check() {
    List<String> problems = new ArrayList<>();
    for (PageSpace space : dispatcher.spaces()) {
      checkSpace(space, problems);
    }
    return problems;
  }

  @SuppressWarnings("GuardedBy") // the walk holds the stripe's lock
  private void checkSpace(PageSpace space, List<String> problems) {
    Map<Integer, Long> primary = new HashMap<>();
    Map<Integer, Long> extra = new HashMap<>();
    long[] pages = {0};
    long[] exposed = {0};
    RamTally.Sum counted = space.ramTally();
    RamTally inRam = new RamTally(space);
    new TableWalk(List.of(space))
        .all((stripe, ref) -> {
          pages[0]++;
          if (stripe.objects != null && !stripe.objects.contains(stripe.slots.key(ref))) {
            problems.add(
                space.config().name() + ": a page at " + ref + " is in no object's directory");
          }
          List<Copy> copies = stripe.copies(ref);
          checkWave(stripe, ref, copies, exposed, problems);
          for (int i = 0; i < copies.size(); i++) {
            (i == 0 ? primary : extra).merge(copies.get(i).ordinal(), 1L, Long::sum);
          }
          long word = stripe.slots.word(ref);
          inRam.count(word, stripe.slots.handle(ref), 1);
          boolean hasContent =
              SlotWord.state(word) == SlotWord.PRESENT || SlotWord.state(word) == SlotWord.TAKEN;
          if (hasContent && copies.isEmpty() && !SlotWord.isInSlot(word)) {
            problems.add(
                space.config().name() + ": page " + stripe.slots.key(ref) + " has no copy");
          }
        });
    for (Stripe stripe : space.stripes()) {
      checkObjects(stripe, problems);
    }
    RamTally.Sum found = inRam.sum();
    if (!counted.equals(found)) {
      problems.add(
          space.config().name() + ": in RAM: " + counted + " counted, " + found + " found");
    }
    SpaceCounters counters = space.counters();
    compare(space, "pages", counters.pages(), pages[0], problems);
    compare(space, "exposed pages", counters.exposedPages(), exposed[0], problems);
    for (RegisteredBackend backend : dispatcher.backends().chain()) {
      int ordinal = backend.ordinal;
      compare(
          space,
          "pages in " + backend.name(),
          counters.primaryPages(ordinal),
          primary.getOrDefault(ordinal, 0L),
          problems);
      compare(
          space,
          "extra copies in " + backend.name(),
          counters.extraCopies(ordinal),
          extra.getOrDefault(ordinal, 0L),
          problems);
    }
  }

  @SuppressWarnings("GuardedBy") // the walk holds the stripe's lock
  private void checkWave(
      Stripe stripe, long ref, List<Copy> copies, long[] exposed, List<String> problems) {
    boolean marked = stripe.wave(ref) != 0;
    exposed[0] += marked ? 1 : 0;
    if (!copies.isEmpty() && marked == dispatcher.protector().isSafe(stripe.space(), copies)) {
      problems.add(
          stripe.space().config().name()
              + ": page "
              + stripe.slots.key(ref)
              + (marked ? " is safe, and marked as exposed" : " is exposed, and not marked so"));
    }
  }

  private static void checkObjects(Stripe stripe, List<String> problems) {
    stripe.lock.lock();
    try {
      String problem = CachePages.problem(stripe);
      if (problem != null) {
        problems.add(stripe.space().config().name() + ": " + problem);
      }
    } finally {
      stripe.lock.unlock();
    }
  }

  private static void compare(
      PageSpace space, String what, long counted, long found, List<String> problems) {
    if (counted != found) {
      problems.add(
          space.config().name() + ": " + what + ": " + counted + " counted, " + found + " found");
    }
  }
}
