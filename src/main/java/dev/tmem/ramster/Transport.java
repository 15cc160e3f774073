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
   *     perhaps; it must be read before the call returns, its memory is used again
   * @param lost gets the address of a peer when what was sent to it and not answered is best not
   *     waited for; frames sent after that may arrive again
   * @return when frames arrive
   */
  Future<Void> open(Consumer<Buffer> frames, Consumer<String> lost);

  /**
   * Memory for one frame to that address: whoever takes it fills it from 0 and gives it to {@link
   * #send}, and touches it no more.
   *
   * @param bytes the most that the frame may have
   */
  default Buffer memory(String address, int bytes) {
    return Buffer.buffer(bytes);
  }

  /** Sends to one node; never waits and never fails. The frame is handed over. */
  void send(String address, Buffer frame);

  /** How frames to that node go now, for an administrator to read. */
  String link(String address);

  /** Attempts to reach this node, or to speak with it, that were refused since it began. */
  default long refused() {
    return 0;
  }

  /** Sends to every node, perhaps to this one too. */
  void broadcast(Buffer frame);

  /** Stops receiving. */
  Future<Void> close();
}
