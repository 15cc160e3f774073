package dev.tmem.cleancache.shared.protocol;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** What is to be sent once a lock is released, in order. Confined to one step. */
final class Queued implements Outbox {

  private final List<Consumer<Outbox>> waiting = new ArrayList<>();

  @Override
  public void send(Member to, Message message) {
    waiting.add(out -> out.send(to, message));
  }

  @Override
  public void broadcast(Message message) {
    waiting.add(out -> out.broadcast(message));
  }

  @Override
  public void claim() {
    waiting.add(Outbox::claim);
  }

  void forward(Outbox out) {
    waiting.forEach(message -> message.accept(out));
  }
}
