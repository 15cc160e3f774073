package dev.tmem.admin;

import dev.tmem.ErrorCode;
import dev.tmem.Options;
import dev.tmem.SwapAreaOptions;
import dev.tmem.TmemException;
import dev.tmem.TmemOptions;
import dev.tmem.cleancache.CleanCaches;
import dev.tmem.dispatch.Dispatcher;
import dev.tmem.frontswap.SwapAreas;
import dev.tmem.memory.MemoryAccount;
import io.vertx.core.Future;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;

/**
 * What an operator may ask of a node and tell it. Thread-safe.
 *
 * <p>Every answer has {@code node}; {@code docs/admin.md} lists commands, arguments and fields.
 */
public final class AdminCommands {

  /** Commands that change nothing. */
  public static final Set<String> READING =
      Set.of(
          "stats",
          "areas",
          "caches",
          "shared",
          "backends",
          "peers",
          "slots",
          "classes",
          "check",
          "providers",
          "works");

  /** Commands that answer only after pages have moved or been freed, which may take minutes. */
  public static final Set<String> MOVING =
      Set.of(
          "shrink",
          "writethrough-sync",
          "compact",
          "mark-idle",
          "recompress",
          "writeback",
          "scrub",
          "reset",
          "swap-off",
          "register",
          "cache-off",
          "deregister",
          "grow",
          "drain");

  /** The most slots of one answer. */
  static final int MAX_SLOTS = 65_536;

  /**
   * A command.
   *
   * @param needed arguments that must be given
   * @param allowed further ones
   * @param action gets the arguments, checked by name
   */
  private record Command(
      Set<String> needed, Set<String> allowed, Function<JsonObject, Future<JsonObject>> action) {}

  private final NodeStats stats;
  private final Dispatcher dispatcher;
  private final SwapAreas areas;
  private final MemoryAccount memory;
  private final Lending lending;
  private final Map<String, Command> commands = new LinkedHashMap<>();

  public AdminCommands(
      NodeStats stats,
      Dispatcher dispatcher,
      SwapAreas areas,
      CleanCaches caches,
      MemoryAccount memory,
      Lending lending,
      BackendSource source) {
    this.stats = stats;
    this.dispatcher = dispatcher;
    this.areas = areas;
    this.memory = memory;
    this.lending = lending;
    CacheCommands cacheCommands = new CacheCommands(stats, dispatcher, caches);
    ask(
        "stats",
        Set.of(),
        Set.of("area", "cache"),
        oneOf("cache", cacheCommands::stats, this::stats));
    ask("areas", Set.of(), Set.of(), args -> done(stats.areas()));
    ask("caches", Set.of(), Set.of(), cacheCommands::list);
    ask("shared", Set.of(), Set.of(), cacheCommands::shared);
    ask("backends", Set.of(), Set.of(), args -> done(stats.backends()));
    ask("peers", Set.of(), Set.of(), args -> done(stats.peers()));
    ask("slots", Set.of("area"), Set.of("from", "to", "max"), this::slots);
    ask("classes", Set.of(), Set.of(), args -> done(stats.classes()));
    ask("check", Set.of(), Set.of(), args -> check());
    ask("memory-limit", Set.of(), Set.of("bytes"), this::memoryLimit);
    ask("lend-limit", Set.of(), Set.of("bytes"), this::lendLimit);
    ask("mem-used-max", Set.of(), Set.of("reset"), this::memUsedMax);
    PoolCommands pool = new PoolCommands(stats, dispatcher, areas);
    ask("compact", Set.of(), Set.of("backend"), pool::compact);
    ask("mark-idle", Set.of(), Set.of("area", "age"), pool::markIdle);
    ask("recompress", Set.of("what"), Set.of("area"), pool::recompress);
    WritebackCommands writeback = new WritebackCommands(stats, dispatcher, areas);
    ask("writeback", Set.of("what"), Set.of("area"), writeback::writeback);
    ask("writeback-limit", Set.of(), Set.of("pages"), writeback::limit);
    ask("scrub", Set.of(), Set.of("area", "rate"), pool::scrub);
    ask("shrink", Set.of("backend", "pages"), Set.of(), this::shrink);
    Set<String> areaOptions = SwapAreaOptions.keys();
    ModeCommands modes = new ModeCommands(stats, dispatcher, areas);
    ask("writethrough", Set.of("on"), Set.of("area"), modes::writethrough);
    ask("exclusive", Set.of("on"), Set.of("area"), modes::exclusive);
    ask("writethrough-sync", Set.of(), Set.of("area"), modes::writethroughSync);
    ask("works", Set.of(), Set.of(), args -> modes.works());
    ask("stop", Set.of("work"), Set.of(), modes::stop);
    ask("change", Set.of("area"), areaOptions, modes::change);
    ask("swap-on", Set.of("area"), areaOptions, this::swapOn);
    ask("reset", Set.of("area"), Set.of("force"), this::reset);
    ask("swap-off", Set.of("area"), Set.of(), this::swapOff);
    ask("shared-force", Set.of("view"), Set.of(), cacheCommands::sharedForce);
    ask("cache-off", Set.of("cache"), Set.of(), cacheCommands::cacheOff);
    BackendCommands chain = new BackendCommands(stats, dispatcher, source);
    ask("providers", Set.of(), Set.of(), chain::providers);
    ask("register", Set.of("provider", "backend"), Set.of("options"), chain::register);
    ask(
        "freeze",
        Set.of(),
        Set.of("area", "backend"),
        oneOf("backend", chain::freeze, modes::freeze));
    ask("thaw", Set.of(), Set.of("area", "backend"), oneOf("backend", chain::thaw, modes::thaw));
    ask("deregister", Set.of("backend"), Set.of("wait", "force"), chain::deregister);
    ask("grow", Set.of("backend", "size"), Set.of(), chain::grow);
    DrainCommand drain = new DrainCommand(stats, dispatcher, areas, lending);
    ask("drain", Set.of(), Set.of("discard", "wait"), drain::run);
  }

  private void ask(
      String name,
      Set<String> needed,
      Set<String> allowed,
      Function<JsonObject, Future<JsonObject>> action) {
    commands.put(name, new Command(needed, allowed, action));
  }

  /** The commands there are. */
  public Set<String> names() {
    return commands.keySet();
  }

  /**
   * Runs a command.
   *
   * @return fails with {@link ErrorCode#UNKNOWN_COMMAND} or {@link ErrorCode#MALFORMED_MESSAGE},
   *     naming what would be right
   */
  public Future<JsonObject> run(String name, JsonObject arguments) {
    Command command = commands.get(name);
    if (command == null) {
      return Future.failedFuture(
          new TmemException(
              ErrorCode.UNKNOWN_COMMAND,
              "there is no command " + name + "; there are " + String.join(", ", names())));
    }
    try {
      checkArguments(name, command, arguments);
      return command.action().apply(arguments);
    } catch (TmemException e) {
      return Future.failedFuture(e);
    } catch (ClassCastException | NullPointerException | DecodeException e) {
      return Future.failedFuture(
          new TmemException(
              ErrorCode.MALFORMED_MESSAGE,
              name + ": an argument has the wrong type: " + arguments.encode(),
              e));
    }
  }

  private static void checkArguments(String name, Command command, JsonObject arguments) {
    Set<String> known = new TreeSet<>(command.needed());
    known.addAll(command.allowed());
    for (String key : arguments.fieldNames()) {
      if (!known.contains(key)) {
        throw malformed(name, "takes no argument " + key, known);
      }
    }
    for (String key : command.needed()) {
      if (arguments.getValue(key) == null) {
        throw malformed(name, "needs the argument " + key, known);
      }
    }
  }

  /** A command that means a backend if one is named, and an area or the node if not. */
  private static Function<JsonObject, Future<JsonObject>> oneOf(
      String name,
      Function<JsonObject, Future<JsonObject>> named,
      Function<JsonObject, Future<JsonObject>> other) {
    return arguments -> {
      if (arguments.containsKey(name) && arguments.containsKey("area")) {
        throw new TmemException(
            ErrorCode.MALFORMED_MESSAGE, "an area or a " + name + " can be named, not both");
      }
      return (arguments.containsKey(name) ? named : other).apply(arguments);
    };
  }

  private static TmemException malformed(String name, String what, Set<String> known) {
    return new TmemException(
        ErrorCode.MALFORMED_MESSAGE,
        name + " " + what + "; it takes " + (known.isEmpty() ? "none" : String.join(", ", known)));
  }

  private static Future<JsonObject> done(JsonObject answer) {
    return Future.succeededFuture(answer);
  }

  // ---- Seeing

  private Future<JsonObject> stats(JsonObject arguments) {
    String area = arguments.getString("area");
    return area == null ? done(stats.node()) : areas.find(area).map(stats::area);
  }

  private Future<JsonObject> slots(JsonObject arguments) {
    long from = wholeNumber(arguments, "from", 0);
    long to = wholeNumber(arguments, "to", Long.MAX_VALUE);
    int max = (int) Options.inRange("max", wholeNumber(arguments, "max", 1024), 1, MAX_SLOTS);
    return areas
        .find(arguments.getString("area"))
        .compose(area -> dispatcher.slots(area.space(), from, to, max))
        .map(slots -> stats.answer().put("slots", new JsonArray(slots)));
  }

  private Future<JsonObject> check() {
    return dispatcher
        .check()
        .map(found -> {
          List<String> problems = new ArrayList<>(found);
          problems.addAll(stats.damagedSpans());
          return stats
              .answer()
              .put("ok", problems.isEmpty())
              .put("problems", new JsonArray(problems));
        });
  }

  // ---- Setting

  private Future<JsonObject> memoryLimit(JsonObject arguments) {
    long previous = memory.limit();
    if (arguments.containsKey("bytes")) {
      long bytes = Options.bytes("bytes", arguments.getValue("bytes"));
      Options.inRange("bytes", bytes, TmemOptions.MIN_MEMORY_LIMIT, 1L << 46);
      memory.setLimit(bytes);
      dispatcher.limitChanged();
    }
    return done(stats.answer().put("memoryLimit", memory.limit()).put("previous", previous));
  }

  /** zram's {@code mem_used_max}, which is read, and reset by a write. */
  private Future<JsonObject> memUsedMax(JsonObject arguments) {
    JsonObject answer = stats.answer();
    answer.put("previous", stats.memUsedMax()).put("previousMemory", memory.usedMax());
    if (Boolean.TRUE.equals(arguments.getBoolean("reset"))) {
      stats.resetMemUsedMax();
      memory.resetUsedMax();
    }
    return done(
        answer.put("mem_used_max", stats.memUsedMax()).put("memoryUsedMax", memory.usedMax()));
  }

  private Future<JsonObject> lendLimit(JsonObject arguments) {
    long previous = lending.lendLimit();
    if (arguments.containsKey("bytes")) {
      long bytes = Options.bytes("bytes", arguments.getValue("bytes"));
      lending.setLendLimit(Options.inRange("bytes", bytes, 0, 1L << 46));
    }
    return done(stats.answer().put("lendLimit", lending.lendLimit()).put("previous", previous));
  }

  private Future<JsonObject> shrink(JsonObject arguments) {
    String backend = arguments.getString("backend");
    long pages = Options.inRange("pages", wholeNumber(arguments, "pages", 0), 0, Long.MAX_VALUE);
    return dispatcher
        .shrink(backend, pages)
        .map(moved ->
            stats.answer().put("backend", backend).put("pages", pages).put("moved", moved));
  }

  // ---- The life of an area

  private Future<JsonObject> swapOn(JsonObject arguments) {
    JsonObject options = arguments.copy();
    options.remove("area");
    return areas
        .open(arguments.getString("area"), new SwapAreaOptions(options))
        .map(area ->
            stats
                .answer()
                .put("area", area.name())
                .put("number", area.number())
                .put("options", area.options().toJson()));
  }

  private Future<JsonObject> reset(JsonObject arguments) {
    String area = arguments.getString("area");
    return areas
        .reset(area, Boolean.TRUE.equals(arguments.getBoolean("force")))
        .map(pages -> stats.answer().put("area", area).put("pages", pages));
  }

  private Future<JsonObject> swapOff(JsonObject arguments) {
    String area = arguments.getString("area");
    return areas.swapOff(area).map(pages -> stats.answer().put("area", area).put("pages", pages));
  }

  static long wholeNumber(JsonObject arguments, String key, long otherwise) {
    return arguments.containsKey(key)
        ? Options.wholeNumber(key, arguments.getValue(key))
        : otherwise;
  }
}
