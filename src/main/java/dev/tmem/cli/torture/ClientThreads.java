package dev.tmem.cli.torture;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;

/**
 * The threads of a node's clients. Confined to the main thread, but for the condition that they go
 * on by.
 */
final class ClientThreads {

  static final int COUNT = 3;

  /** Makes a client. */
  @FunctionalInterface
  interface Maker {

    /**
     * @param number from 0
     * @param goesOn asked before each step; false: it ends
     */
    Runnable client(int number, BooleanSupplier goesOn);
  }

  private final List<Thread> threads = new ArrayList<>();
  private volatile boolean goesOn;

  void begin(Maker maker) {
    goesOn = true;
    for (int i = 0; i < COUNT; i++) {
      Runnable client = maker.client(i, () -> goesOn);
      threads.add(Thread.ofPlatform().daemon().name("client-" + i).start(client));
    }
  }

  /** Returns when each has ended the step it was at. */
  void rest() throws InterruptedException {
    goesOn = false;
    for (Thread thread : threads) {
      thread.join();
    }
    threads.clear();
  }
}
