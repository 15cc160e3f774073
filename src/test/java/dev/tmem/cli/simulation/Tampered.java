package dev.tmem.cli.simulation;

import dev.tmem.ramster.Transport;
import dev.tmem.ramster.protocol.Envelope;
import dev.tmem.ramster.protocol.MessageCodec;
import dev.tmem.ramster.protocol.WireException;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.util.function.Consumer;

/** A transport with something in between. */
abstract class Tampered implements Transport {

  private final Transport network;

  Tampered(Transport network) {
    this.network = network;
  }

  static Envelope decoded(Buffer frame) {
    try {
      return MessageCodec.decode(frame);
    } catch (WireException unreadable) {
      throw new AssertionError("a frame of our own does not decode", unreadable);
    }
  }

  @Override
  public String localAddress() {
    return network.localAddress();
  }

  @Override
  public Future<Void> open(Consumer<Buffer> frames, Consumer<String> lost) {
    return network.open(frames, lost);
  }

  @Override
  public void send(String address, Buffer frame) {
    network.send(address, frame);
  }

  @Override
  public String link(String address) {
    return network.link(address);
  }

  @Override
  public void broadcast(Buffer frame) {
    network.broadcast(frame);
  }

  @Override
  public Future<Void> close() {
    return network.close();
  }
}
