package dev.tmem.dispatch;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Looks through page tables and says what it sees. Thread-safe; holds no state. */
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
    new TableWalk(List.of(space))
        .all((stripe, ref) -> {
          pages[0]++;
          List<Copy> copies = stripe.copies(ref);
          for (int i = 0; i < copies.size(); i++) {
            (i == 0 ? primary : extra).merge(copies.get(i).ordinal(), 1L, Long::sum);
          }
          long word = stripe.slots.word(ref);
          boolean hasContent =
              SlotWord.state(word) == SlotWord.PRESENT || SlotWord.state(word) == SlotWord.TAKEN;
          if (hasContent && copies.isEmpty() && !SlotWord.isInSlot(word)) {
            problems.add(
                space.config().name() + ": page " + stripe.slots.key(ref) + " has no copy");
          }
        });
    SpaceCounters counters = space.counters();
    compare(space, "pages", counters.pages(), pages[0], problems);
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

  private static void compare(
      PageSpace space, String what, long counted, long found, List<String> problems) {
    if (counted != found) {
      problems.add(
          space.config().name() + ": " + what + ": " + counted + " counted, " + found + " found");
    }
  }

  /** Where the pages of a space lie, by ascending offset. */
  @SuppressWarnings("GuardedBy") // the stripe's lock is held
  List<JsonObject> slots(PageSpace space, long[] offsets) {
    List<JsonObject> slots = new ArrayList<>(offsets.length);
    for (long offset : offsets) {
      Stripe stripe = space.stripe(offset);
      stripe.lock.lock();
      try {
        long ref = stripe.slots.find(offset);
        if (ref >= 0) {
          slots.add(describe(stripe, ref));
        }
      } finally {
        stripe.lock.unlock();
      }
    }
    return slots;
  }

  @SuppressWarnings("GuardedBy") // the caller holds the stripe's lock
  private JsonObject describe(Stripe stripe, long ref) {
    long word = stripe.slots.word(ref);
    List<Copy> copies = stripe.copies(ref);
    JsonArray extra = new JsonArray();
    copies.stream().skip(1).forEach(copy -> extra.add(name(copy)));
    String backend =
        switch (SlotWord.state(word)) {
          case SlotWord.LOST -> "lost";
          case SlotWord.STORING -> "storing";
          default -> copies.isEmpty() ? "same" : name(copies.get(0));
        };
    return new JsonObject()
        .put("offset", stripe.slots.key(ref))
        .put("backend", backend)
        .put("extra", extra)
        .put("codec", SlotWord.codec(word).name().toLowerCase(Locale.ROOT));
  }

  private String name(Copy copy) {
    return dispatcher.backends().get(copy.ordinal()).name();
  }
}
