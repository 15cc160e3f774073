package dev.tmem.house.planted.dispatch;

/** Reads the clock and makes a thread on a floor that is given both. */
public final class Clockwork {
  private Clockwork() {}

  public static long now() {
    return System.nanoTime();
  }

  public static Thread thread(Runnable task) {
    return Thread.ofVirtual().unstarted(task);
  }
}
