package dev.tmem.cli.bench;

import io.netty.channel.EventLoop;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.VertxInternal;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * A context on each event loop: whoever asks from all of them in turn is sometimes on the event
 * loop of the socket, and mostly is not.
 */
final class EventLoops {

  private EventLoops() {}

  /** Vert.x gives them out in turn, so they have all been seen when the first comes again. */
  static List<Context> of(Vertx vertx) {
    Set<EventLoop> seen = new HashSet<>();
    List<Context> contexts = new ArrayList<>();
    ContextInternal next = ((VertxInternal) vertx).createEventLoopContext();
    while (seen.add(next.nettyEventLoop())) {
      contexts.add(next);
      next = ((VertxInternal) vertx).createEventLoopContext();
    }
    return contexts;
  }
}
