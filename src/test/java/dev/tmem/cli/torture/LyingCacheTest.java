package dev.tmem.cli.torture;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.tmem.ErrorCode;
import dev.tmem.ObjectKey;
import dev.tmem.SharedCleanCache;
import dev.tmem.TmemException;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A shared cache that lies: the torture finds each lie, and none where there is none. Two nodes
 * change its pages; what one has found out is known to the other through the file that both map.
 */
class LyingCacheTest {

  private static final int OBJECTS = 4;
  private static final int OBJECT = 2;
  private static final int INDEX = 3;

  @TempDir Path folder;

  private final Map<String, List<@Nullable Buffer>> kept = new HashMap<>();
  private final Findings findings = new Findings();
  private @Nullable TmemException changeFails;
  private @Nullable SharedCalls here;
  private @Nullable SharedCalls there;

  /** Which of all versions of a page, and the times it was dropped, a get answers with. */
  private int ago;

  @BeforeEach
  void map() throws IOException {
    here = node();
    there = node();
  }

  private SharedCalls node() throws IOException {
    Ledger ledger = Ledger.map(folder.resolve("ledger"), OBJECTS * SharedCalls.INDEXES);
    return new SharedCalls(cache(), ledger, findings);
  }

  private SharedCalls here() {
    return Objects.requireNonNull(here);
  }

  private SharedCalls there() {
    return Objects.requireNonNull(there);
  }

  @SuppressWarnings("unchecked") // as the interface has it
  private SharedCleanCache cache() {
    return (SharedCleanCache)
        Proxy.newProxyInstance(
            SharedCleanCache.class.getClassLoader(),
            new Class<?>[] {SharedCleanCache.class},
            (proxy, method, arguments) ->
                switch (method.getName()) {
                  case "put" -> change(arguments[0], (int) arguments[1], (Buffer) arguments[2]);
                  case "invalidatePage" -> change(arguments[0], (int) arguments[1], null);
                  case "invalidateObject" -> {
                    Future<Void> done = Future.succeededFuture();
                    for (int i = 0; i < SharedCalls.INDEXES; i++) {
                      done = change(arguments[0], i, null);
                    }
                    yield done;
                  }
                  case "get" -> Future.succeededFuture(page(arguments[0], (int) arguments[1]));
                  case "getAll" -> Future.succeededFuture(pages(arguments[0]));
                  case "getOrLoad" -> {
                    Buffer page = page(arguments[0], (int) arguments[1]);
                    yield page == null
                        ? ((Supplier<Future<Buffer>>) arguments[2]).get()
                        : Future.succeededFuture(page);
                  }
                  case "name" -> "lies";
                  default -> throw new UnsupportedOperationException(method.getName());
                });
  }

  private Future<Void> change(Object object, int index, @Nullable Buffer page) {
    kept.computeIfAbsent(name(object, index), none -> new ArrayList<>()).add(page);
    return changeFails == null ? Future.succeededFuture() : Future.failedFuture(changeFails);
  }

  private static String name(Object object, int index) {
    return object + "/" + index;
  }

  private @Nullable Buffer page(Object object, int index) {
    List<@Nullable Buffer> all = kept.getOrDefault(name(object, index), List.of());
    return all.size() <= ago ? null : all.get(all.size() - 1 - ago);
  }

  private List<@Nullable Buffer> pages(Object object) {
    List<@Nullable Buffer> pages = new ArrayList<>();
    IntStream.range(0, SharedCalls.INDEXES).forEach(i -> pages.add(page(object, i)));
    return pages;
  }

  private void assertFound(Verdict verdict, long count) {
    assertEquals(
        count, findings.get(Findings.word(verdict)), () -> findings.toJson().encodePrettily());
  }

  @Test
  void theTruthIsRight() {
    for (SharedCalls node : List.of(here(), there())) {
      node.put(OBJECT, INDEX);
      here().get(OBJECT, INDEX);
      there().getAll(OBJECT);
    }
    there().invalidateObject(OBJECT);
    here().getOrLoad(OBJECT, INDEX, 1, false);
    assertFound(Verdict.RIGHT, 5);
    assertFound(Verdict.STALE, 0);
    assertEquals(2 * (SharedCalls.INDEXES - 1), findings.get("misses"));
  }

  @Test
  void whatAnotherNodeHasReplacedIsStale() {
    here().put(OBJECT, INDEX);
    there().put(OBJECT, INDEX);
    ago = 1;
    here().get(OBJECT, INDEX);
    there().getAll(OBJECT);
    here().getOrLoad(OBJECT, INDEX, 0, false);
    assertFound(Verdict.STALE, 3);
    assertFound(Verdict.RIGHT, 0);
  }

  @Test
  void whatAnotherNodeHasInvalidatedIsStale() {
    here().put(OBJECT, INDEX);
    there().invalidatePage(OBJECT, INDEX);
    ago = 1;
    here().get(OBJECT, INDEX);
    assertFound(Verdict.STALE, 1);
  }

  @Test
  void aPageOfAnInvalidatedObjectIsStale() {
    here().put(OBJECT, INDEX);
    there().invalidateObject(OBJECT);
    ago = 1;
    here().get(OBJECT, INDEX);
    assertFound(Verdict.STALE, 1);
  }

  @Test
  void whatCameBeforeAPageThatWasSeenIsStaleEvenIfItsPutNeverEnded() {
    here().put(OBJECT, INDEX);
    changeFails = new TmemException(ErrorCode.OUTCOME_UNKNOWN, "cut off");
    there().put(OBJECT, INDEX);
    ago = 1;
    here().get(OBJECT, INDEX);
    assertFound(Verdict.STALE, 0);
    ago = 0;
    here().get(OBJECT, INDEX);
    ago = 1;
    here().get(OBJECT, INDEX);
    assertFound(Verdict.STALE, 1);
  }

  @Test
  void aPutOfUnknownOutcomeMayComeLateUntilItsNodeChangesThePageAgain() {
    changeFails = new TmemException(ErrorCode.OUTCOME_UNKNOWN, "cut off");
    there().put(OBJECT, INDEX);
    changeFails = null;
    here().put(OBJECT, INDEX);
    ago = 1;
    here().get(OBJECT, INDEX);
    assertFound(Verdict.STALE, 0);
  }

  @Test
  void andNoLaterThanThat() {
    changeFails = new TmemException(ErrorCode.OUTCOME_UNKNOWN, "cut off");
    there().put(OBJECT, INDEX);
    changeFails = null;
    there().put(OBJECT, INDEX);
    here().put(OBJECT, INDEX);
    ago = 2;
    here().get(OBJECT, INDEX);
    assertFound(Verdict.STALE, 1);
  }

  @Test
  void aLoadedPageIsAsOldAsTheBeginningOfItsLoad() {
    here().getOrLoad(OBJECT, INDEX, 0, false);
    assertFound(Verdict.RIGHT, 1);
    here().put(OBJECT, INDEX);
    there().put(OBJECT, INDEX);
    ago = 1;
    there().getOrLoad(OBJECT, INDEX, 0, false);
    assertFound(Verdict.STALE, 1);
  }

  @Test
  void aNeighboursPageIsMisplaced() {
    here().put(OBJECT, INDEX);
    kept.put(
        name(ObjectKey.of(OBJECT), INDEX + 1),
        kept.getOrDefault(name(ObjectKey.of(OBJECT), INDEX), List.of()));
    there().get(OBJECT, INDEX + 1);
    assertFound(Verdict.MISPLACED, 1);
  }

  @Test
  void aFalsifiedPageIsCorrupt() {
    here().put(OBJECT, INDEX);
    Buffer page = Objects.requireNonNull(page(ObjectKey.of(OBJECT), INDEX));
    page.setByte(100, (byte) (page.getByte(100) + 1));
    there().get(OBJECT, INDEX);
    assertFound(Verdict.CORRUPT, 1);
  }

  @Test
  void aPageThatNobodyHasPutIsCorrupt() {
    change(ObjectKey.of(OBJECT), INDEX, Buffer.buffer(new TorturePage(OBJECT, INDEX, 1).bytes()));
    there().get(OBJECT, INDEX);
    assertFound(Verdict.CORRUPT, 1);
  }
}
