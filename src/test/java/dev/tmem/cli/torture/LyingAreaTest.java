package dev.tmem.cli.torture;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.tmem.ErrorCode;
import dev.tmem.SwapArea;
import dev.tmem.TmemException;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Areas that lie: the torture finds each lie, and none where there is none. */
class LyingAreaTest {

  private static final long NUMBER = 4711;
  private static final int PAGES = 8;
  private static final int LIED = 3;

  private final Map<Long, List<Buffer>> stored = new HashMap<>();
  private final Findings findings = new Findings();
  private @Nullable TmemException storeFails;

  /**
   * What an area says of one page in place of the truth: of all that was stored there, in order.
   */
  private BiFunction<Long, List<Buffer>, Future<@Nullable Buffer>> answer =
      (offset, all) -> Future.succeededFuture(all.getLast());

  private final Calls calls = new Calls(area(), new AreaOracle("lies", NUMBER, PAGES), findings);

  private SwapArea area() {
    return (SwapArea)
        Proxy.newProxyInstance(
            SwapArea.class.getClassLoader(),
            new Class<?>[] {SwapArea.class},
            (proxy, method, arguments) ->
                switch (method.getName()) {
                  case "store" -> store((Long) arguments[0], (Buffer) arguments[1]);
                  case "load" -> load((Long) arguments[0]);
                  case "loadAll" ->
                      Future.all(Arrays.stream((long[]) arguments[0]).mapToObj(this::load).toList())
                          .map(all -> all.list());
                  case "name" -> "lies";
                  default -> throw new UnsupportedOperationException(method.getName());
                });
  }

  private Future<Void> store(long offset, Buffer page) {
    TmemException failure = storeFails;
    if (failure != null) {
      return Future.failedFuture(failure);
    }
    stored.computeIfAbsent(offset, key -> new ArrayList<>()).add(page);
    return Future.succeededFuture();
  }

  private Future<@Nullable Buffer> load(long offset) {
    List<Buffer> all = stored.getOrDefault(offset, List.of());
    if (offset == LIED) {
      return answer.apply(offset, all);
    }
    return Future.succeededFuture(all.isEmpty() ? null : all.getLast());
  }

  /** Stores every page twice, and looks at all. */
  private void look() {
    for (int i = 0; i < 2 * PAGES; i++) {
      calls.store(i % PAGES);
    }
    for (int i = 0; i < PAGES; i++) {
      calls.verify(i);
    }
  }

  private void assertFound(Verdict verdict) {
    assertEquals(1, findings.get(Findings.word(verdict)), () -> findings.toJson().encode());
    assertEquals(PAGES - 1, findings.get(Findings.word(Verdict.RIGHT)));
  }

  @Test
  void theTruthIsRight() {
    look();
    assertEquals(PAGES, findings.get(Findings.word(Verdict.RIGHT)));
  }

  @Test
  void anOlderPageIsStale() {
    answer = (offset, all) -> Future.succeededFuture(all.getFirst());
    look();
    assertFound(Verdict.STALE);
  }

  @Test
  void noPageIsLost() {
    answer = (offset, all) -> Future.succeededFuture(null);
    look();
    assertFound(Verdict.LOST);
  }

  @Test
  void aPageThatIsSaidToBeLostIsLost() {
    answer = (offset, all) -> Future.failedFuture(new TmemException(ErrorCode.PAGE_LOST, "gone"));
    look();
    assertFound(Verdict.LOST);
  }

  @Test
  void aNeighboursPageIsMisplaced() {
    answer = (offset, all) -> load(offset + 1);
    look();
    assertFound(Verdict.MISPLACED);
  }

  @Test
  void aFalsifiedPageIsCorrupt() {
    answer =
        (offset, all) -> {
          Buffer page = all.getLast().copy();
          return Future.succeededFuture(page.setByte(100, (byte) (page.getByte(100) + 1)));
        };
    look();
    assertFound(Verdict.CORRUPT);
  }

  @Test
  void aBatchIsLookedAtPageByPage() {
    answer = (offset, all) -> Future.succeededFuture(all.getFirst());
    for (int i = 0; i < 2 * PAGES; i++) {
      calls.store(i % PAGES);
    }
    calls.loadAll(new int[] {0, 1, 2, LIED, 4, 5, 6, 7});
    assertFound(Verdict.STALE);
  }

  @Test
  void aStoreThatFailedLeavesNothing() {
    look();
    storeFails = new TmemException(ErrorCode.FULL, "full");
    calls.store(LIED);
    calls.verify(LIED);
    assertEquals(1, findings.get(Findings.word(Verdict.STALE)));
    assertEquals(1, findings.get("full"));
  }
}
