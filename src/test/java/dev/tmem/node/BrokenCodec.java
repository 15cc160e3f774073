package dev.tmem.node;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.MessageCodec;

/** Bytes that the receiver cannot make sense of. */
final class BrokenCodec implements MessageCodec<String, String> {

  static final String NAME = "broken";

  @Override
  public void encodeToWire(Buffer buffer, String body) {
    buffer.appendString(body);
  }

  @Override
  public String decodeFromWire(int at, Buffer buffer) {
    throw new IndexOutOfBoundsException(at);
  }

  @Override
  public String transform(String body) {
    return body;
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public byte systemCodecID() {
    return -1;
  }
}
