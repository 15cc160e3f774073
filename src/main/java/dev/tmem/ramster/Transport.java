package dev.tmem.ramster;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.util.function.Consumer;

/**
 * Carries frames between nodes, at best: a frame may be lost, late, repeated or overtaken.
 * Thread-safe.
 */
public interface Transport {

  /** Where frames for this node are to be sent. */
  String localAddress();

  /**
   * Begins to receive.
   *
   * @param frames gets every frame for this node or for everyone, on any thread, several at once
   *     perhaps
   * @return when frames arrive
   */
  Future<Void> open(Consumer<Buffer> frames);

  /** Sends to one node; never waits and never fails. */
  void send(String address, Buffer frame);

  /** Sends to every node, perhaps to this one too. */
  void broadcast(Buffer frame);

  /** Stops receiving. */
  Future<Void> close();
}
