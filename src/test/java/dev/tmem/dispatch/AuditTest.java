package dev.tmem.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tmem.Protection;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** C13, the other way round: what does not add up is found, whichever book is wrong. */
class AuditTest extends DispatchFixture {

  private PageSpace space;

  @BeforeEach
  void fill() {
    register(node.zram, peer, disk);
    space = node.open("a", Protection.ANY);
    for (int i = 0; i < 50; i++) {
      store(space, i, 1);
    }
    demoteAll();
    for (int i = 50; i < 60; i++) {
      store(space, i, 1);
    }
    assertEquals(List.of(), new Audit(node.dispatcher).check());
  }

  /** Something is made wrong; the audit says what; it is made right again. */
  private void assertFound(String what, Runnable wrong, Runnable right) {
    wrong.run();
    List<String> problems = new Audit(node.dispatcher).check();
    assertTrue(
        problems.stream().anyMatch(problem -> problem.contains(what)), what + ": " + problems);
    right.run();
    assertEquals(List.of(), new Audit(node.dispatcher).check());
  }

  @Test
  void aCounterThatIsOffIsFound() {
    SpaceCounters counters = space.counters();
    assertFound("pages", counters.pages::increment, counters.pages::decrement);
    int ram = node.dispatcher.backends().get(0).ordinal;
    assertFound("pages in", () -> counters.primary(ram, 1), () -> counters.primary(ram, -1));
    assertFound("extra copies in", () -> counters.extra(ram, 1), () -> counters.extra(ram, -1));
    assertFound("exposed pages", () -> counters.exposed(1, 1), () -> counters.exposed(1, -1));
  }

  @Test
  @SuppressWarnings("GuardedBy") // one thread
  void sumsOfRamThatAreOffAreFound() {
    long offset =
        LongStream.range(50, 60)
            .filter(at -> !space.stripe(at).hasSlowCopies(space.stripe(at).slots.find(at)))
            .findFirst()
            .orElseThrow();
    Stripe stripe = space.stripe(offset);
    long ref = stripe.slots.find(offset);
    long word = stripe.slots.word(ref);
    assertFound(
        "in RAM",
        () -> stripe.slots.setWord(ref, SlotWord.withOrdinal(word, SlotWord.NOWHERE)),
        () -> stripe.slots.setWord(ref, word));
  }

  @Test
  @SuppressWarnings("GuardedBy") // one thread
  void aPageThatNamesNothingIsFound() {
    long offset =
        LongStream.range(0, 50)
            .filter(at -> space.stripe(at).hasSlowCopies(space.stripe(at).slots.find(at)))
            .findFirst()
            .orElseThrow();
    Stripe stripe = space.stripe(offset);
    long ref = stripe.slots.find(offset);
    long word = stripe.slots.word(ref);
    List<Copy> copies = stripe.copies(ref);
    assertTrue(copies.size() > 1, "a lent page lies on disk, too");
    assertFound(
        "extra copies in",
        () -> stripe.extras.write(offset, List.of()),
        () -> stripe.extras.write(offset, copies.subList(1, copies.size())));
    assertFound(
        "pages in",
        () -> stripe.slots.setWord(ref, SlotWord.withOrdinal(word, SlotWord.NOWHERE)),
        () -> stripe.slots.setWord(ref, word));
  }
}
