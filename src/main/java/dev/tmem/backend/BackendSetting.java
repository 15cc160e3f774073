package dev.tmem.backend;

import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;

/**
 * What a {@link BackendProvider} is given. Immutable.
 *
 * @param name the backend's, unique within the node
 * @param options what the configuration says of it, without {@code provider}; not to be changed
 * @param node name of the node
 * @param dataFolder the node's own folder; a backend that keeps files keeps them in a folder of its
 *     own name there, unless its options say otherwise
 * @param vertx for threads that may wait, and for services elsewhere
 * @param scheduler the clock and threads of the node
 */
public record BackendSetting(
    String name,
    JsonObject options,
    String node,
    Path dataFolder,
    Vertx vertx,
    Scheduler scheduler) {}
