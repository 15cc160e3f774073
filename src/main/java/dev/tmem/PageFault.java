package dev.tmem;

import io.vertx.core.json.JsonObject;

/**
 * Which page could not be had, and why. Immutable.
 *
 * @param area name of the area
 * @param offset of the page
 * @param backend name of the backend that was asked last
 * @param reason what that backend said
 */
public record PageFault(String area, long offset, String backend, String reason) {

  /** The fault as it crosses the event bus. */
  JsonObject toJson() {
    return new JsonObject()
        .put("area", area)
        .put("offset", offset)
        .put("backend", backend)
        .put("reason", reason);
  }

  static PageFault fromJson(JsonObject json) {
    return new PageFault(
        json.getString("area", "?"),
        json.getLong("offset", -1L),
        json.getString("backend", "?"),
        json.getString("reason", "?"));
  }

  String message(String state) {
    return "page " + offset + " of area " + area + " is " + state + ": " + backend + ": " + reason;
  }
}
