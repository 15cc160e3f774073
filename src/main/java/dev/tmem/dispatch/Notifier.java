package dev.tmem.dispatch;

import io.vertx.core.json.JsonObject;

/**
 * Hears what happens in the dispatcher. Called on any thread, with no lock held; must not block.
 */
public interface Notifier {

  /**
   * @param type {@code area-opened}, {@code area-closed}, {@code backend-registered}, {@code
   *     backend-gone} or {@code page-lost}
   * @param detail what it happened to
   */
  void event(String type, JsonObject detail);
}
