package dev.tmem.ramster.channel;

import java.io.Serial;

/** What came over a channel cannot have come from a peer; the channel is closed. */
final class ChannelException extends Exception {

  @Serial private static final long serialVersionUID = 1;

  ChannelException(String message) {
    super(message);
  }
}
