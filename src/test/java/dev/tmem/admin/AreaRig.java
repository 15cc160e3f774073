package dev.tmem.admin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import dev.tmem.SwapArea;
import dev.tmem.SwapAreaOptions;
import dev.tmem.TmemException;
import dev.tmem.backend.LossDomain;
import dev.tmem.cleancache.CleanCaches;
import dev.tmem.dispatch.ManualScheduler;
import dev.tmem.dispatch.Pages;
import dev.tmem.dispatch.TestNode;
import dev.tmem.dispatch.TwinBackend;
import dev.tmem.frontswap.AreaState;
import dev.tmem.frontswap.SwapAreas;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A node whose area {@code a} is brought into a state, to see what a command does there. There was
 * an area of that name before, which was swapped off; the last handle that anybody had is kept.
 */
final class AreaRig implements AutoCloseable {

  /** How to get into each state of {@code docs/lifecycle.md}. */
  static final Map<String, Consumer<AreaRig>> STATES = new LinkedHashMap<>();

  /** The commands, and what they are found to do, as the document has it. */
  static final Map<String, Function<AreaRig, Future<String>>> COMMANDS = new LinkedHashMap<>();

  static {
    STATES.put("absent", rig -> {});
    STATES.put("opening", AreaRig::opening);
    STATES.put("open", AreaRig::open);
    STATES.put("held", AreaRig::held);
    STATES.put("frozen", AreaRig::frozen);
    STATES.put("closing", AreaRig::closing);

    COMMANDS.put("`swap-on`", rig -> rig.swapOn(new SwapAreaOptions()));
    COMMANDS.put(
        "`swap-on`, another `writethrough`",
        rig -> rig.swapOn(new SwapAreaOptions().setWritethrough(true)));
    COMMANDS.put(
        "`swap-on`, another `pageSize`",
        rig -> rig.swapOn(new SwapAreaOptions().setPageSize(8192)));
    COMMANDS.put("`area`, to attach", rig -> rig.areas.attach("a").map(rig::numbered));
    COMMANDS.put("`stats`", rig -> rig.run("stats").map(stats -> "done"));
    COMMANDS.put("`change`, `exclusive`", rig -> rig.run("change", "exclusive", true).map("done"));
    COMMANDS.put("`change`, `pageSize`", rig -> rig.run("change", "pageSize", 8192).map("done"));
    COMMANDS.put("`freeze`", rig -> rig.run("freeze").map("done"));
    COMMANDS.put("`thaw`", rig -> rig.run("thaw").map("done"));
    COMMANDS.put("store, by name", rig -> rig.byName(rig::store));
    COMMANDS.put("load, by name", rig -> rig.byName(rig::load));
    COMMANDS.put("store, by the last handle", rig -> rig.store(rig.handle()));
    COMMANDS.put("load, by the last handle", rig -> rig.load(rig.handle()));
    COMMANDS.put("close of the last handle", rig -> rig.handle().close().map("done"));
    COMMANDS.put("`reset`", rig -> rig.run("reset").map(AreaRig::pages));
    COMMANDS.put("`reset`, forced", rig -> rig.run("reset", "force", true).map(AreaRig::pages));
    COMMANDS.put("`swap-off`", rig -> rig.run("swap-off").map(AreaRig::pages));
    COMMANDS.put("the node ends", rig -> rig.areas.endAll().map("done"));
  }

  private final ManualScheduler scheduler = new ManualScheduler();
  private final TestNode node = new TestNode(scheduler, 16L << 20);
  private final TwinBackend disk = new TwinBackend("disk", 300, LossDomain.NODE, scheduler);
  private final SwapAreas areas = new SwapAreas(node.dispatcher, 10);
  private final CleanCaches caches = new CleanCaches(node.dispatcher, 10);
  private final AdminCommands admin =
      new AdminCommands(
          new NodeStats(
              new Identity("n", "life-1", 0),
              node.dispatcher,
              areas,
              caches,
              node.memory,
              Lending.NONE),
          node.dispatcher,
          areas,
          caches,
          node.memory,
          Lending.NONE,
          BackendSource.NONE);
  private @Nullable SwapArea handle;
  private int number;

  AreaRig() {
    await(node.dispatcher.register(node.zram));
    await(node.dispatcher.register(disk));
    held();
    await(areas.swapOff("a"));
    assertLeftNothing();
  }

  // ---- States

  private void opening() {
    disk.mood = TwinBackend.Mood.HANGING;
    assertFalse(areas.open("a", new SwapAreaOptions()).isComplete());
    disk.mood = TwinBackend.Mood.WELL;
    number++;
  }

  private void open() {
    held();
    await(handle().close());
  }

  private void held() {
    handle = await(areas.swapOn("a", new SwapAreaOptions()));
    number++;
    await(store(handle(), 1));
  }

  private void frozen() {
    held();
    await(handle().freeze());
  }

  /** A store that does not end keeps the area from ending. */
  private void closing() {
    held();
    SwapArea area = handle();
    await(area.change(new SwapAreaOptions().setWritethrough(true)));
    disk.mood = TwinBackend.Mood.HANGING;
    assertFalse(store(area, 2).isComplete());
    disk.mood = TwinBackend.Mood.WELL;
    assertFalse(areas.swapOff("a").isComplete());
  }

  /** What holds the area in its state ends. */
  private void release() {
    scheduler.settle();
    List<Runnable> hung = List.copyOf(disk.hanging);
    disk.hanging.clear();
    hung.forEach(Runnable::run);
    scheduler.settle();
  }

  // ---- Commands

  private Future<JsonObject> run(String command, Object... arguments) {
    JsonObject json = new JsonObject().put("area", "a");
    for (int i = 0; i < arguments.length; i += 2) {
      json.put((String) arguments[i], arguments[i + 1]);
    }
    return admin.run(command, json);
  }

  private Future<String> swapOn(SwapAreaOptions options) {
    return areas.swapOn("a", options).map(this::numbered);
  }

  private String numbered(SwapArea area) {
    int now = areas.list().get(0).number();
    return now > number ? "opened" : "attached";
  }

  private Future<String> byName(Function<SwapArea, Future<String>> operation) {
    return areas.find("a").compose(area -> operation.apply(area.peek()));
  }

  private SwapArea handle() {
    SwapArea area = handle;
    assertNotNull(area);
    return area;
  }

  private Future<String> store(SwapArea area) {
    return store(area, 3);
  }

  private static Future<String> store(SwapArea area, long offset) {
    return area.store(offset, Buffer.buffer(Pages.of(1, offset, 1, 4096))).map("done");
  }

  private Future<String> load(SwapArea area) {
    return area.load(1).map(page -> page == null ? "absent" : "page");
  }

  private static String pages(JsonObject answer) {
    long pages = answer.getLong("pages");
    return pages == 0 ? "nothing" : pages + (pages == 1 ? " page" : " pages");
  }

  // ---- Seeing

  private static <T> T of(Map<String, T> known, String name) {
    T found = known.get(name);
    if (found == null) {
      throw new AssertionError(name + " is not known; there are " + known.keySet());
    }
    return found;
  }

  /** What a command does in a state: whether it waits, its outcome, and the state afterwards. */
  String observe(String state, String command) {
    of(STATES, state).accept(this);
    Future<String> future = of(COMMANDS, command).apply(this);
    scheduler.settle();
    String waits = "";
    if (!future.isComplete()) {
      waits = "waits, ";
      release();
      scheduler.until(future::isComplete);
    }
    String outcome =
        future.cause() instanceof TmemException error
            ? "`" + error.code() + "`"
            : String.valueOf(future.result());
    AreaState now = areas.state("a");
    release();
    if (areas.state("a") == AreaState.ABSENT) {
      assertLeftNothing();
    }
    return waits + outcome + "; " + word(now);
  }

  /** One word tells open areas that somebody holds from others. */
  private String word(AreaState state) {
    boolean held = state == AreaState.OPEN && areas.list().get(0).handles() > 0;
    return held ? "held" : state.name().toLowerCase(Locale.ROOT);
  }

  /** What a reset leaves: no page in any tier, no number, no option. */
  private void assertLeftNothing() {
    scheduler.advance(1_000);
    assertEquals(List.of(), node.dispatcher.spaces());
    assertEquals(0, disk.size());
    assertEquals(0, node.zram.usage().usedBytes());
    assertEquals(List.of(), areas.list());
  }

  private <T extends @Nullable Object> T await(Future<T> future) {
    scheduler.until(future::isComplete);
    if (future.cause() instanceof RuntimeException error) {
      throw error;
    }
    return future.result();
  }

  @Override
  public void close() {
    scheduler.advance(60_000);
    assertEquals(List.of(), await(node.dispatcher.check()));
    assertEquals(0, disk.doubleFrees.get());
    await(areas.endAll());
    assertLeftNothing();
    node.close();
  }
}
