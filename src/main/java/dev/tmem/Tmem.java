package dev.tmem;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.util.UUID;
import java.util.function.Consumer;

/**
 * A node of the memory tier: either one in this process ({@link #start}) or a client of one
 * elsewhere ({@link #connect}); both behave alike.
 *
 * <p>Thread-safe. Nothing here blocks; futures complete on the caller's Vert.x context if it has
 * one.
 */
public interface Tmem {

  /**
   * Makes this process a node. If {@code vertx} is clustered the node lends to and borrows from its
   * peers; if not, it has local RAM and its swap file alone.
   *
   * @return the node, ready for requests. Fails with {@link ErrorCode#INVALID_OPTION}, with {@link
   *     ErrorCode#NAME_TAKEN} if the cluster has a node of that name, or with {@link
   *     ErrorCode#BACKEND_FAILED} if the swap file cannot be trusted; then nothing is left behind.
   */
  static Future<Tmem> start(Vertx vertx, TmemOptions options) {
    return TmemProvider.load().start(vertx, options);
  }

  /**
   * Becomes a client of a node elsewhere in the cluster that {@code vertx} has joined.
   *
   * @return the client; fails with {@link ErrorCode#NODE_UNREACHABLE} if no node of that name
   *     answers
   */
  static Future<Tmem> connect(Vertx vertx, String nodeName) {
    return TmemProvider.load().connect(vertx, nodeName);
  }

  /** Name of the node. */
  String nodeName();

  /**
   * Opens a swap area: creates it, or attaches to the one of that name if the options agree.
   *
   * @param name 1 to 128 characters: letters, digits, {@code . _ -}
   * @return fails with {@link ErrorCode#OPTIONS_MISMATCH}, {@link ErrorCode#INVALID_OPTION}, or
   *     {@link ErrorCode#FULL} if the node holds its {@code maxAreas}
   */
  Future<SwapArea> swapOn(String name, SwapAreaOptions options);

  /** Attaches to an area that is open; fails with {@link ErrorCode#UNKNOWN_AREA} if none is. */
  Future<SwapArea> area(String name);

  /**
   * Opens a clean cache: creates it, or attaches to the one of that name if the options agree. A
   * cache and a swap area may have the same name.
   *
   * @param name 1 to 128 characters: letters, digits, {@code . _ -}
   * @return fails with {@link ErrorCode#OPTIONS_MISMATCH}, {@link ErrorCode#INVALID_OPTION}, or
   *     {@link ErrorCode#FULL} if the node holds its {@code maxAreas}, areas and caches together
   */
  Future<CleanCache> cleanCache(String name, CleanCacheOptions options);

  /**
   * Opens a clean cache that all nodes share which open the same UUID.
   *
   * @param options must be the same everywhere; gets are not exclusive
   * @return fails with {@link ErrorCode#OPTIONS_MISMATCH}, {@link ErrorCode#INVALID_OPTION}, or
   *     {@link ErrorCode#NO_LEASE} if the nodes that keep pages cannot be asked
   */
  Future<SharedCleanCache> sharedCleanCache(UUID uuid, CleanCacheOptions options);

  /** The node's backends. */
  BackendRegistry backends();

  /**
   * Runs an admin command on the node; {@code docs/admin.md} lists them.
   *
   * @param arguments the command's arguments, without {@code command}
   * @return the answer; fails with {@link ErrorCode#UNKNOWN_COMMAND} or {@link
   *     ErrorCode#MALFORMED_MESSAGE}, the message naming what would be right
   */
  Future<JsonObject> admin(String command, JsonObject arguments);

  /**
   * Listens to what happens at the node, until the answer is closed. The listener is called on any
   * thread, with no lock held, and must not block; each event once. Events are not kept: it hears
   * of those that happen after the future has completed.
   */
  Future<Listening> listen(Consumer<? super TmemEvent> listener);

  /**
   * Of a node: leaves the cluster in order and releases everything. Of a client: releases what it
   * holds at the node. Idempotent.
   */
  Future<Void> close();
}
