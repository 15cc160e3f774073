package dev.tmem.dispatch;

import dev.tmem.ErrorCode;
import dev.tmem.Options;
import dev.tmem.TmemException;
import io.vertx.core.Future;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Pages that go to disk by what they are, not because room is short: by command, and by the clock
 * (zram's writeback). Thread-safe; what the clock does is confined to its ticks.
 */
public final class Writeback {

  private final Dispatcher dispatcher;
  private final WritebackBudget budget = new WritebackBudget();

  /** What is written back by the clock. */
  private volatile Set<WritebackClass> automatic = Set.of();

  /** The walk of the clock, and whether it is at a batch. */
  private @Nullable WritebackWalk walk;

  private volatile boolean busy;

  Writeback(Dispatcher dispatcher) {
    this.dispatcher = dispatcher;
  }

  /** How many pages may still be written back. */
  public WritebackBudget budget() {
    return budget;
  }

  /** Sets what is written back by the clock; none: nothing. */
  public void setAutomatic(Set<WritebackClass> classes) {
    automatic = Set.copyOf(classes);
  }

  /**
   * Writes pages of a class back.
   *
   * @param space whose pages; null: of all areas
   * @return {@code pages} that have left RAM, and those {@code left} there; fails with {@link
   *     ErrorCode#UNKNOWN_BACKEND} if there is no disk
   */
  public Future<Map<String, Long>> run(WritebackClass what, @Nullable PageSpace space) {
    return run("writeback " + Options.word(what), space, (offset, word) -> what.has(word));
  }

  /** Writes the pages of a range of offsets back, both ends included. */
  public Future<Map<String, Long>> run(PageSpace space, long from, long to) {
    return run(
        "writeback " + from + "-" + to, space, (offset, word) -> offset >= from && offset <= to);
  }

  private Future<Map<String, Long>> run(
      String what, @Nullable PageSpace space, WritebackWalk.Wanted wanted) {
    List<PageSpace> spaces = space == null ? dispatcher.persistentSpaces() : List.of(space);
    if (spaces.stream().noneMatch(one -> !Targets.disks().of(one).isEmpty())) {
      return Future.failedFuture(
          new TmemException(
              ErrorCode.UNKNOWN_BACKEND, "there is no local disk to which pages could be written"));
    }
    return dispatcher
        .longWorks()
        .run(
            what,
            spaces.stream().mapToLong(one -> one.counters().pages()).sum(),
            work -> new WritebackWalk(dispatcher, spaces, budget, wanted).as(work).run())
        .map(result -> Map.of("pages", result.pages(), "left", result.left()));
  }

  /**
   * One batch by the clock, unless the one before is under way still.
   *
   * @param newRound a walk that has ended may begin anew
   */
  void tick(boolean newRound) {
    Set<WritebackClass> classes = automatic;
    if (busy || classes.isEmpty() || budget.left() == 0) {
      return;
    }
    WritebackWalk current = walk;
    if (current == null) {
      if (!newRound) {
        return;
      }
      current =
          new WritebackWalk(
              dispatcher,
              dispatcher.persistentSpaces(),
              budget,
              (offset, word) -> automatic.stream().anyMatch(one -> one.hasByClock(word)));
    }
    WritebackWalk now = current;
    busy = true;
    now.step()
        .onSuccess(more -> {
          walk = more ? now : null;
          busy = false;
        });
  }
}
