package dev.tmem.swapfile;

import dev.tmem.backend.PageKey;
import dev.tmem.backend.Zpage;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What was asked of a log, one operation after the other, and what may be there after a crash: the
 * state after some of the operations, none of those left out that were promised. Confined to one
 * thread.
 */
final class CrashOracle {

  /**
   * One operation.
   *
   * @param page null: the page was invalidated
   * @param begun events on the disk before it
   * @param acked events on the disk when it was acknowledged; beyond all if it never was
   */
  private record Operation(
      PageKey key, @Nullable Zpage page, long epoch, int begun, int acked, boolean failed) {}

  private final List<Operation> operations = new ArrayList<>();

  void done(PageKey key, @Nullable Zpage page, long epoch, int begun, int acked) {
    operations.add(new Operation(key, page, epoch, begun, acked, false));
  }

  /** It failed: it has happened, or not, or the page is as it was. */
  void failed(PageKey key, @Nullable Zpage page, long epoch, int begun) {
    operations.add(new Operation(key, page, epoch, begun, Integer.MAX_VALUE, true));
  }

  int size() {
    return operations.size();
  }

  /**
   * @param events on the disk when it crashed
   * @param safeEvents of them that count: what was acknowledged within them must be there
   * @param found epoch by page
   * @return what is wrong; null: nothing
   */
  @Nullable String wrong(int events, int safeEvents, Map<PageKey, Zpage> found) {
    int least = 0;
    int most = 0;
    for (int i = 0; i < operations.size(); i++) {
      Operation operation = operations.get(i);
      if (operation.acked <= safeEvents) {
        least = i + 1;
      }
      if (operation.begun <= events) {
        most = i + 1;
      }
    }
    String reason = "no operation was begun";
    for (int count = most; count >= least; count--) {
      reason = difference(count, found);
      if (reason == null) {
        return null;
      }
    }
    return "not the state after any of " + least + " to " + most + " operations: " + reason;
  }

  private @Nullable String difference(int count, Map<PageKey, Zpage> found) {
    Map<PageKey, Zpage> expected = new HashMap<>();
    for (Operation operation : operations.subList(0, count)) {
      if (operation.failed) {
        continue;
      }
      if (operation.page == null) {
        expected.remove(operation.key);
      } else {
        expected.put(operation.key, operation.page);
      }
    }
    for (Map.Entry<PageKey, Zpage> entry : expected.entrySet()) {
      Zpage there = found.get(entry.getKey());
      if (there == null || there.epoch() != entry.getValue().epoch()) {
        return "after " + count + ": " + entry.getValue() + " expected, found " + there;
      }
      if (!java.util.Arrays.equals(there.bytes(), entry.getValue().bytes())) {
        return "after " + count + ": wrong bytes of " + entry.getValue();
      }
    }
    for (PageKey key : found.keySet()) {
      if (!expected.containsKey(key)) {
        return "after " + count + ": " + found.get(key) + " should not be there";
      }
    }
    return null;
  }

  /**
   * With operations that failed, or bytes that were damaged: what may be wrong is a page that is
   * lost, or one that failed. Everything else is as it was acknowledged, and nothing is older.
   *
   * @return what is wrong; null: nothing
   */
  @Nullable String wrongPages(Map<PageKey, Zpage> found, Map<PageKey, Long> lost) {
    return wrongPages(found, lost, Set.of());
  }

  /**
   * As the other.
   *
   * @param except pages of which anything is right
   */
  @Nullable String wrongPages(
      Map<PageKey, Zpage> found, Map<PageKey, Long> lost, Set<PageKey> except) {
    Map<PageKey, List<Operation>> byPage = new HashMap<>();
    operations.forEach(operation ->
        byPage.computeIfAbsent(operation.key, key -> new ArrayList<>()).add(operation));
    byPage.keySet().removeAll(except);
    for (Map.Entry<PageKey, List<Operation>> entry : byPage.entrySet()) {
      String reason =
          wrongPage(entry.getValue(), found.get(entry.getKey()), lost.get(entry.getKey()));
      if (reason != null) {
        return reason;
      }
    }
    return null;
  }

  private static @Nullable String wrongPage(
      List<Operation> operations, @Nullable Zpage there, @Nullable Long lostEpoch) {
    int last = operations.size() - 1;
    while (last >= 0 && operations.get(last).failed) {
      last--;
    }
    if (lostEpoch != null) {
      long newest = last < 0 ? 0 : operations.get(last).epoch;
      return lostEpoch >= newest ? null : "lost in an old version: " + operations.getFirst().key;
    }
    for (int i = Math.max(last, 0); i < operations.size(); i++) {
      Operation operation = operations.get(i);
      boolean fits =
          operation.page == null
              ? there == null
              : there != null
                  && there.epoch() == operation.epoch
                  && Objects.deepEquals(there.bytes(), operation.page.bytes());
      if (fits) {
        return null;
      }
    }
    return last < 0 && there == null
        ? null
        : operations.getLast().key
            + ": found "
            + there
            + ", acknowledged last: "
            + (last < 0 ? "nothing" : operations.get(last));
  }
}
