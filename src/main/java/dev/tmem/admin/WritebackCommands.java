package dev.tmem.admin;

import dev.tmem.ErrorCode;
import dev.tmem.Options;
import dev.tmem.TmemException;
import dev.tmem.backend.PageKey;
import dev.tmem.dispatch.Dispatcher;
import dev.tmem.dispatch.PageSpace;
import dev.tmem.dispatch.WritebackBudget;
import dev.tmem.dispatch.WritebackClass;
import dev.tmem.frontswap.SwapAreas;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The commands that write pages to disk by what they are. Thread-safe; holds no state. */
final class WritebackCommands {

  private static final Pattern RANGE = Pattern.compile("(\\d{1,15})-(\\d{1,15})");

  private final NodeStats stats;
  private final Dispatcher dispatcher;
  private final SwapAreas areas;

  WritebackCommands(NodeStats stats, Dispatcher dispatcher, SwapAreas areas) {
    this.stats = stats;
    this.dispatcher = dispatcher;
    this.areas = areas;
  }

  /** {@code huge}, {@code idle} or {@code incompressible} pages, or a range of offsets. */
  Future<JsonObject> writeback(JsonObject arguments) {
    String what = String.valueOf(arguments.getValue("what"));
    String area = arguments.getString("area");
    Matcher range = RANGE.matcher(what);
    Future<Map<String, Long>> done;
    if (range.matches()) {
      if (area == null) {
        throw new TmemException(
            ErrorCode.MALFORMED_MESSAGE, "writeback of a range needs the argument area");
      }
      long from = offset(range.group(1));
      long to = Options.inRange("what", offset(range.group(2)), from, PageKey.MAX_OFFSET);
      done =
          areas
              .find(area)
              .compose(found -> dispatcher.upkeep().writeback().run(found.space(), from, to));
    } else {
      WritebackClass known = Options.choice("what", WritebackClass.class, what);
      done = space(area).compose(space -> dispatcher.upkeep().writeback().run(known, space));
    }
    return done.map(
        result -> stats.answer().put("pages", result.get("pages")).put("left", result.get("left")));
  }

  private static long offset(String digits) {
    return Options.inRange("what", Long.parseLong(digits), 0, PageKey.MAX_OFFSET);
  }

  private Future<@Nullable PageSpace> space(@Nullable String area) {
    if (area == null) {
      return Future.succeededFuture();
    }
    return areas.find(area).map(found -> found.space());
  }

  /** Shows, and sets, how many pages may still be written back. */
  Future<JsonObject> limit(JsonObject arguments) {
    WritebackBudget budget = dispatcher.upkeep().writeback().budget();
    long previous =
        arguments.containsKey("pages")
            ? budget.set(AdminCommands.wholeNumber(arguments, "pages", WritebackBudget.UNLIMITED))
            : budget.left();
    return Future.succeededFuture(
        stats.answer().put("pages", budget.left()).put("previous", previous));
  }
}
