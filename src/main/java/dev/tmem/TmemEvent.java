package dev.tmem;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;

/**
 * Something that happened at a node. Immutable. On the event bus an event is the JSON of {@link
 * #toJson} with {@code node} added, published at {@code tmem.NODE.events}.
 */
public sealed interface TmemEvent {

  /** Its name on the event bus, such as {@code area-opened}. */
  String type();

  /** What it happened to, without name and node. */
  JsonObject details();

  /** {@code event} and the details. */
  default JsonObject toJson() {
    return new JsonObject().put("event", type()).mergeIn(details());
  }

  /** A swap area came into being. */
  record AreaOpened(String area, int number) implements TmemEvent {
    @Override
    public String type() {
      return "area-opened";
    }

    @Override
    public JsonObject details() {
      return new JsonObject().put("area", area).put("number", number);
    }
  }

  /**
   * A swap area was swapped off or reset, and its pages are deleted.
   *
   * @param pages how many there were
   */
  record AreaClosed(String area, int number, long pages) implements TmemEvent {
    @Override
    public String type() {
      return "area-closed";
    }

    @Override
    public JsonObject details() {
      return new JsonObject().put("area", area).put("number", number).put("pages", pages);
    }
  }

  /** A clean cache came into being. */
  record CacheOpened(String cache, int number) implements TmemEvent {
    @Override
    public String type() {
      return "cache-opened";
    }

    @Override
    public JsonObject details() {
      return new JsonObject().put("cache", cache).put("number", number);
    }
  }

  /**
   * A clean cache has ended, and its pages are dropped.
   *
   * @param pages how many there were
   */
  record CacheClosed(String cache, int number, long pages) implements TmemEvent {
    @Override
    public String type() {
      return "cache-closed";
    }

    @Override
    public JsonObject details() {
      return new JsonObject().put("cache", cache).put("number", number).put("pages", pages);
    }
  }

  /** Slots of an area are free; told if the area's option {@code freeEvents} asks for it. */
  record PagesFreed(FreedPages freed) implements TmemEvent {
    @Override
    public String type() {
      return "pages-freed";
    }

    @Override
    public JsonObject details() {
      JsonArray offsets = new JsonArray();
      JsonArray epochs = new JsonArray();
      for (int i = 0; i < freed.count(); i++) {
        offsets.add(freed.offset(i));
        epochs.add(freed.epoch(i));
      }
      return new JsonObject()
          .put("area", freed.area())
          .put("number", freed.number())
          .put("offsets", offsets)
          .put("epochs", epochs)
          .put("missed", freed.missed());
    }
  }

  /** A backend takes pages from now on. */
  record BackendRegistered(String backend) implements TmemEvent {
    @Override
    public String type() {
      return "backend-registered";
    }

    @Override
    public JsonObject details() {
      return new JsonObject().put("backend", backend);
    }
  }

  /**
   * A backend takes pages again, or takes none from now on.
   *
   * @param state {@code active}, {@code frozen} or {@code draining}
   * @param reason why it is not active; empty if it is
   */
  record BackendState(String backend, String state, String reason) implements TmemEvent {
    @Override
    public String type() {
      return "backend-state";
    }

    @Override
    public JsonObject details() {
      return new JsonObject().put("backend", backend).put("state", state).put("reason", reason);
    }
  }

  /** A backend was emptied and closed. */
  record BackendGone(String backend) implements TmemEvent {
    @Override
    public String type() {
      return "backend-gone";
    }

    @Override
    public JsonObject details() {
      return new JsonObject().put("backend", backend);
    }
  }

  /** Every copy of a page is known to be gone. */
  record PageLost(PageFault fault) implements TmemEvent {
    @Override
    public String type() {
      return "page-lost";
    }

    @Override
    public JsonObject details() {
      return fault.toJson();
    }
  }

  /**
   * What shared clean caches may be served by has changed at this node.
   *
   * @param view its number; 0: none
   * @param members homes of pages in that view
   * @param lease whether this node serves the pages of which it is the home
   */
  record SharedView(long view, int members, boolean lease) implements TmemEvent {
    @Override
    public String type() {
      return "shared-view";
    }

    @Override
    public JsonObject details() {
      return new JsonObject().put("view", view).put("members", members).put("lease", lease);
    }
  }

  /** The event that {@link #toJson} came from; null for one that this version does not know. */
  static @Nullable TmemEvent fromJson(JsonObject json) {
    return switch (json.getString("event", "")) {
      case "area-opened" -> new AreaOpened(json.getString("area"), json.getInteger("number"));
      case "area-closed" ->
          new AreaClosed(
              json.getString("area"), json.getInteger("number"), json.getLong("pages", 0L));
      case "cache-opened" -> new CacheOpened(json.getString("cache"), json.getInteger("number"));
      case "cache-closed" ->
          new CacheClosed(
              json.getString("cache"), json.getInteger("number"), json.getLong("pages", 0L));
      case "pages-freed" -> new PagesFreed(freed(json));
      case "backend-registered" -> new BackendRegistered(json.getString("backend"));
      case "backend-state" ->
          new BackendState(
              json.getString("backend"), json.getString("state"), json.getString("reason", ""));
      case "backend-gone" -> new BackendGone(json.getString("backend"));
      case "shared-view" ->
          new SharedView(
              json.getLong("view"), json.getInteger("members"), json.getBoolean("lease"));
      case "page-lost" -> new PageLost(PageFault.fromJson(json));
      default -> null;
    };
  }

  private static FreedPages freed(JsonObject json) {
    return new FreedPages(
        json.getString("area"),
        json.getInteger("number"),
        longs(json.getJsonArray("offsets")),
        longs(json.getJsonArray("epochs")),
        json.getLong("missed", 0L));
  }

  private static long[] longs(JsonArray array) {
    long[] values = new long[array.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = array.getLong(i);
    }
    return values;
  }
}
