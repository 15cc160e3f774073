package dev.tmem.dispatch;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.tmem.ErrorCode;
import dev.tmem.Options;
import dev.tmem.TmemException;
import dev.tmem.TmemFullException;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Who has which name: the areas of a node, or its caches. What is being opened has its name
 * already; what cannot be opened, or begins to end, loses it at once.
 *
 * <p>Thread-safe: under this object's monitor, which is a leaf.
 *
 * @param <T> what is named
 */
public final class NamedSpaces<T> {

  private final String kind;
  private final SpaceNames names;
  private final int most;

  @GuardedBy("this")
  private final Map<String, Future<T>> spaces = new TreeMap<>();

  /** The node ends: nothing is opened any more. */
  @GuardedBy("this")
  private boolean ended;

  /**
   * @param kind what messages call it
   * @param names counts the names of all kinds
   * @param most the most names that may be taken, of all kinds together; {@code maxAreas}
   */
  public NamedSpaces(String kind, SpaceNames names, int most) {
    this.kind = kind;
    this.names = names;
    this.most = most;
  }

  /**
   * Gives the name to what is made, unless somebody has it.
   *
   * @param make makes it; if that fails or throws the name is free again
   * @param known is asked what to do about the one that has the name
   */
  public Future<T> open(String name, Supplier<Future<T>> make, Function<T, Future<T>> known) {
    Promise<T> promise = Promise.promise();
    Future<T> there;
    try {
      Options.name(kind, name);
      synchronized (this) {
        there = spaces.get(name);
        if (there == null) {
          checkRoom(name);
          spaces.put(name, promise.future());
        }
      }
    } catch (TmemException e) {
      return Future.failedFuture(e);
    }
    if (there != null) {
      return there.compose(known);
    }
    made(make).onFailure(error -> forget(name)).onComplete(promise);
    return promise.future();
  }

  /** What it throws, such as that there is no memory for tables, is a failure too. */
  private Future<T> made(Supplier<Future<T>> make) {
    try {
      return make.get();
    } catch (RuntimeException | Error e) {
      return Future.failedFuture(e);
    }
  }

  @GuardedBy("this")
  private void checkRoom(String name) {
    if (ended) {
      throw new TmemException(
          ErrorCode.CLOSED, kind + " " + name + " was not opened: the node is being closed");
    }
    if (!names.tryTake(most)) {
      throw new TmemFullException(kind + " " + name + " was not opened: maxAreas is " + most);
    }
  }

  private synchronized void forget(String name) {
    if (spaces.remove(name) != null) {
      names.giveBack();
    }
  }

  /** Takes the name from the one that has it; idempotent, and harmless to another of that name. */
  public synchronized void release(String name, T space) {
    if (has(name, space)) {
      forget(name);
    }
  }

  /** Whether the name is that one's. */
  public synchronized boolean has(String name, T space) {
    Future<T> known = spaces.get(name);
    return known != null && space.equals(known.result());
  }

  /** Who has the name, or is being opened under it; null: nobody. */
  public synchronized @Nullable Future<T> lookUp(String name) {
    return spaces.get(name);
  }

  /** As {@link #lookUp}; fails with {@link ErrorCode#UNKNOWN_AREA} if it is nobody. */
  public Future<T> find(String name) {
    Future<T> space = lookUp(name);
    return space == null
        ? Future.failedFuture(
            new TmemException(ErrorCode.UNKNOWN_AREA, "no " + kind + " is named " + name))
        : space;
  }

  /** Those that are open, by name. */
  public List<T> list() {
    List<T> open = new ArrayList<>();
    for (Future<T> space : all()) {
      if (space.succeeded()) {
        open.add(space.result());
      }
    }
    return open;
  }

  /** Those that are open or being opened. */
  public synchronized List<Future<T>> all() {
    return List.copyOf(spaces.values());
  }

  /** The node ends: nothing is opened any more. What there is stays, for the caller to end. */
  public synchronized List<Future<T>> end() {
    ended = true;
    return all();
  }
}
