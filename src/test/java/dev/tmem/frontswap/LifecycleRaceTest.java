package dev.tmem.frontswap;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tmem.ErrorCode;
import dev.tmem.SwapArea;
import dev.tmem.SwapAreaOptions;
import dev.tmem.TmemEvent;
import dev.tmem.TmemException;
import dev.tmem.Until;
import dev.tmem.dispatch.TestNode;
import dev.tmem.dispatch.ThreadScheduler;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Areas of one name opened, reset and swapped off by several threads at once. */
class LifecycleRaceTest {

  private static final int ROUNDS = 400;

  private final ThreadScheduler scheduler = new ThreadScheduler(2);
  private final TestNode node = new TestNode(scheduler, 16L << 20);
  private final SwapAreas areas = new SwapAreas(node.dispatcher, 4);
  private final ExecutorService threads = Executors.newFixedThreadPool(4);
  private final Set<Integer> numbers = ConcurrentHashMap.newKeySet();
  private final List<Integer> twice = new ArrayList<>();
  private final long seed = System.nanoTime();

  @BeforeEach
  void begin() throws Exception {
    get(node.dispatcher.register(node.zram));
    node.dispatcher
        .notifier()
        .listen(event -> {
          if (event instanceof TmemEvent.AreaOpened opened && !numbers.add(opened.number())) {
            twice.add(opened.number());
          }
        });
  }

  @AfterEach
  void end() throws Exception {
    threads.shutdownNow();
    get(areas.endAll());
    assertEquals(List.of(), node.dispatcher.spaces());
    assertEquals(0, node.zram.usage().usedBytes());
    scheduler.close();
    node.close();
  }

  private static <T extends @Nullable Object> T get(Future<T> future) throws Exception {
    try {
      return future.toCompletionStage().toCompletableFuture().get(Until.SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof TmemException known) {
        throw known;
      }
      throw e;
    } catch (TimeoutException e) {
      throw new AssertionError("an operation hangs", e);
    }
  }

  private void run(List<Callable<Void>> tasks) throws Exception {
    for (java.util.concurrent.Future<Void> task : threads.invokeAll(tasks)) {
      try {
        task.get();
      } catch (ExecutionException e) {
        throw new AssertionError("seed " + seed, e.getCause());
      }
    }
    assertEquals(List.of(), twice, "numbers given twice");
  }

  /** What is in an area is what was stored through handles of that very area. */
  private @Nullable Void use(int thread, boolean mayBeEnded) throws Exception {
    SplittableRandom random = new SplittableRandom(seed + thread);
    for (int i = 0; i < ROUNDS; i++) {
      SwapArea area = get(areas.swapOn("a", new SwapAreaOptions()));
      try {
        long offset = thread;
        Buffer page = Buffer.buffer("page " + thread + " " + i);
        get(area.store(offset, page));
        assertEquals(page, get(area.load(offset)));
        if (random.nextBoolean()) {
          get(area.invalidatePage(offset));
        }
      } catch (TmemException e) {
        assertTrue(mayBeEnded && e.code() == ErrorCode.AREA_CLOSED, e::toString);
      } finally {
        get(area.close());
      }
    }
    return null;
  }

  @Test
  void aResetThatIsNotForcedNeverEndsWhatSomebodyHolds() throws Exception {
    run(
        List.of(
            () -> use(1, false),
            () -> use(2, false),
            () -> {
              for (int i = 0; i < ROUNDS; i++) {
                try {
                  get(areas.reset("a", false));
                } catch (TmemException busy) {
                  assertEquals(ErrorCode.AREA_BUSY, busy.code());
                }
              }
              return null;
            }));
  }

  @Test
  void aSwapOnThatRacesTheEndGetsAnAreaOfItsOwn() throws Exception {
    run(
        List.of(
            () -> use(1, true),
            () -> use(2, true),
            () -> {
              for (int i = 0; i < ROUNDS; i++) {
                get(areas.reset("a", true));
              }
              return null;
            },
            () -> {
              for (int i = 0; i < ROUNDS; i++) {
                try {
                  get(areas.swapOff("a"));
                } catch (TmemException unknown) {
                  assertEquals(ErrorCode.UNKNOWN_AREA, unknown.code());
                }
              }
              return null;
            }));
  }
}
