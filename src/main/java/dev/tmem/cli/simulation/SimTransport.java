package dev.tmem.cli.simulation;

import dev.tmem.ramster.Transport;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;

/** One node's end of the {@link Network}. Confined to the thread of its schedule. */
final class SimTransport implements Transport {

  private final Network network;
  private final Machine machine;
  private final Map<String, Integer> numbers = new HashMap<>();
  private Consumer<Buffer> frames = frame -> {};
  private Consumer<String> lost = address -> {};
  private boolean open;

  SimTransport(Network network, Machine machine) {
    this.network = network;
    this.machine = machine;
    for (Machine each : network.machines()) {
      numbers.put(each.address(), each.number());
    }
  }

  @Override
  public String localAddress() {
    return machine.address();
  }

  @Override
  public Future<Void> open(Consumer<Buffer> frames, Consumer<String> lost) {
    this.frames = frames;
    this.lost = lost;
    this.open = true;
    return Future.succeededFuture();
  }

  @Override
  public void send(String address, Buffer frame) {
    Integer to = numbers.get(address);
    if (open && to != null) {
      network.send(machine.number(), to, frame);
    }
  }

  @Override
  public String link(String address) {
    return "simulated";
  }

  @Override
  public void broadcast(Buffer frame) {
    if (open) {
      for (Machine each : network.machines()) {
        network.sendOnBus(machine.number(), each.number(), frame);
      }
    }
  }

  void arrived(Buffer frame) {
    if (open) {
      frames.accept(frame);
    }
  }

  void lost(String address) {
    if (open) {
      lost.accept(address);
    }
  }

  @Override
  public Future<Void> close() {
    open = false;
    return Future.succeededFuture();
  }
}
