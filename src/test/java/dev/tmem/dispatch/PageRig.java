package dev.tmem.dispatch;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.tmem.PageLostException;
import dev.tmem.Protection;
import dev.tmem.TmemException;
import dev.tmem.backend.PageRef;
import io.vertx.core.Future;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A space with RAM and a disk, whose page 1 is brought into a state, to see what an event does
 * there. The disk's answer to what is under way is held back until the event has had its say.
 */
final class PageRig extends DispatchFixture {

  private static final int OLD = 1;
  private static final int SAME = 3;
  private static final int STORING = 2;
  private static final int NEW = 4;

  /** How to get into each state of {@code docs/page-states.md}. */
  static final Map<String, Consumer<PageRig>> STATES = new LinkedHashMap<>();

  /** The events, and how they end. */
  static final Map<String, Function<PageRig, Future<String>>> EVENTS = new LinkedHashMap<>();

  static {
    STATES.put("absent", rig -> {});
    STATES.put("in RAM", rig -> rig.store(rig.space, 1, OLD));
    STATES.put("in its slot", rig -> rig.store(rig.space, 1, SAME));
    STATES.put("below", PageRig::below);
    STATES.put("storing", PageRig::storing);
    STATES.put("fetching", PageRig::fetching);
    STATES.put("moving", PageRig::moving);
    STATES.put("demoting", PageRig::demoting);
    STATES.put("taken", PageRig::taken);
    STATES.put("lost", PageRig::lost);

    EVENTS.put("load", rig -> rig.space.load(1).map(PageRig::content));
    EVENTS.put("`loadNow`", PageRig::loadNow);
    EVENTS.put("store", rig -> rig.space.store(1, page(1, NEW)).map("done"));
    EVENTS.put(
        "`storeNow`",
        rig -> Future.succeededFuture(rig.space.storeNow(1, page(1, NEW)) ? "done" : "refused"));
    EVENTS.put("invalidate", rig -> rig.space.invalidate(1).map("done"));
    EVENTS.put("contains", rig -> rig.space.contains(1).map(String::valueOf));
    EVENTS.put("take", rig -> rig.space.take(1).map(take -> take == null ? "absent" : take(take)));
    EVENTS.put("commit", rig -> rig.decide(Take::commit));
    EVENTS.put("put back", rig -> rig.decide(Take::putBack));
    EVENTS.put("invalidate area", rig -> rig.space.invalidateAll().map("done"));
    EVENTS.put("area closed", rig -> rig.node.dispatcher.close(rig.space).map("done"));
    EVENTS.put("demotion", rig -> rig.node.dispatcher.shrink("zram", 0).map(PageRig::moved));
    EVENTS.put("what is under way fails", PageRig::underWayFails);
  }

  private final PageSpace space;

  /** How what is under way has ended; null: nothing is. */
  private @Nullable Future<String> underWay;

  private @Nullable Take take;

  PageRig() {
    register(node.zram, disk);
    space = node.open("a", Protection.ANY);
  }

  // ---- States

  private void below() {
    store(space, 1, OLD);
    demoteAll();
  }

  /** A store waits for the disk; there was an older page. */
  private void storing() {
    store(space, 1, OLD);
    space.modes().setWritethrough(true);
    disk.mood = TwinBackend.Mood.HANGING;
    begun(space.store(1, page(1, STORING)).map("stored"));
    space.modes().setWritethrough(false);
  }

  private void fetching() {
    below();
    disk.mood = TwinBackend.Mood.HANGING;
    begun(space.load(1).map(PageRig::content));
  }

  private void moving() {
    store(space, 1, OLD);
    disk.mood = TwinBackend.Mood.HANGING;
    begun(node.dispatcher.shrink("zram", 0).map(PageRig::moved));
  }

  /** As the reclaimer does it: whoever touches the page meanwhile keeps it in RAM. */
  private void demoting() {
    store(space, 1, OLD);
    disk.mood = TwinBackend.Mood.HANGING;
    begun(node.dispatcher.mover().move(List.of(marked()), belowRam()).map(PageRig::moved));
  }

  private Targets belowRam() {
    return Targets.below(Objects.requireNonNull(node.dispatcher.backends().named("zram")));
  }

  private MoveItem marked() {
    Stripe stripe = space.stripe(1);
    stripe.lock.lock();
    try {
      long ref = stripe.slots.find(1);
      long word = stripe.slots.word(ref) | SlotWord.MOVING;
      stripe.slots.setWord(ref, word);
      Copy source = stripe.copies(ref).get(0);
      return new MoveItem(
          stripe,
          RamForm.copyOut(node.zram, space.key(1), word, source.handle(), 4096),
          source,
          List.of(),
          true);
    } finally {
      stripe.lock.unlock();
    }
  }

  private void begun(Future<String> work) {
    scheduler.settle();
    assertFalse(work.isComplete());
    assertEquals(1, disk.hanging.size());
    disk.mood = TwinBackend.Mood.WELL;
    underWay = work;
  }

  private void taken() {
    store(space, 1, OLD);
    take = take(space, 1);
  }

  private void lost() {
    below();
    disk.mood = TwinBackend.Mood.FORGETFUL;
    assertThrows(PageLostException.class, () -> load(space, 1));
    disk.mood = TwinBackend.Mood.WELL;
    forget();
  }

  /** What a disk has forgotten takes no room there. */
  private void forget() {
    disk.free(disk.handles().stream().map(at -> new PageRef(space.key(1), 0, at)).toList());
  }

  // ---- Events

  private Future<String> loadNow() {
    ByteBuffer into = ByteBuffer.allocate(4096);
    try {
      int length = space.loadNow(1, into, 0, 4096);
      return Future.succeededFuture(
          switch (length) {
            case PageSpace.ABSENT -> "absent";
            case PageSpace.ELSEWHERE -> "elsewhere";
            default -> content(new Loaded(into.array(), length, 0));
          });
    } catch (TmemException e) {
      return Future.failedFuture(e);
    }
  }

  private Future<String> decide(Predicate<Take> decision) {
    Take known = take;
    return Future.succeededFuture(
        known == null ? "nothing" : decision.test(known) ? "done" : "void");
  }

  private static String take(Take take) {
    String page = content(take.loaded());
    take.putBack();
    return page;
  }

  private static String moved(Number pages) {
    return pages.longValue() > 0 ? "moved" : "not moved";
  }

  /** The disk refuses the page, or has nothing; nobody decides on the take. */
  private Future<String> underWayFails() {
    Future<String> work = underWay;
    if (take != null) {
      scheduler.advance(Take.TIMEOUT_MILLIS + 1);
    } else if (work != null) {
      disk.capacity = 0;
      disk.mood = TwinBackend.Mood.FORGETFUL;
      release();
      scheduler.until(work::isComplete);
      if (work.failed() && work.cause() instanceof PageLostException) {
        forget();
      }
      disk.capacity = Long.MAX_VALUE;
      disk.mood = TwinBackend.Mood.WELL;
    } else {
      return Future.succeededFuture("nothing");
    }
    return Future.succeededFuture("done");
  }

  private void release() {
    List<Runnable> hung = new ArrayList<>(disk.hanging);
    disk.hanging.clear();
    hung.forEach(Runnable::run);
    scheduler.settle();
  }

  // ---- Seeing

  private static String content(@Nullable Loaded loaded) {
    if (loaded == null) {
      return "absent";
    }
    byte[] bytes = Arrays.copyOf(loaded.bytes(), loaded.length());
    for (int version : new int[] {OLD, SAME, STORING, NEW}) {
      if (Arrays.equals(bytes, Pages.of(1, 1, version, 4096))) {
        return version == NEW ? "new" : version == STORING ? "stored" : "old";
      }
    }
    assertArrayEquals(Pages.of(1, 1, OLD, 4096), bytes, "bytes that nobody has stored");
    return "";
  }

  private static String ended(Future<String> future) {
    return future.cause() instanceof TmemException error
        ? "`" + error.code() + "`"
        : String.valueOf(future.result());
  }

  /** What comes of the event; of what was under way; and what a load returns afterwards. */
  String observe(String state, String event) {
    of(STATES, state).accept(this);
    Future<String> future = of(EVENTS, event).apply(this);
    scheduler.settle();
    String waits = future.isComplete() ? "" : "waits, ";
    release();
    scheduler.until(future::isComplete);
    String under = "";
    Take taken = take;
    Future<String> work = underWay;
    if (work != null) {
      scheduler.until(work::isComplete);
      under = "; " + ended(work);
    } else if (taken != null) {
      under = "; " + (taken.putBack() ? "stands" : "is void");
    }
    Future<String> after = space.load(1).map(PageRig::content);
    scheduler.until(after::isComplete);
    String cell = waits + ended(future) + under + "; " + ended(after);
    scheduler.advance(1_000);
    assertEquals(
        pagesIn(space, "disk") + extrasIn(space, "disk"), disk.size(), "copies without a slot");
    return cell;
  }

  private static <T> T of(Map<String, T> known, String name) {
    T found = known.get(name);
    if (found == null) {
      throw new AssertionError(name + " is not known; there are " + known.keySet());
    }
    return found;
  }
}
