package dev.tmem.cli.simulation;

import dev.tmem.backend.Scheduler;
import java.util.SplittableRandom;

/**
 * The clock and the threads of one node's life. The clock may run too fast or too slow, and jump;
 * tasks begin some microseconds after they are given, in no certain order, as threads do it.
 *
 * <p>Confined to the thread of its schedule.
 */
final class NodeClock implements Scheduler {

  /** The longest that a task waits for a thread. */
  private static final int HOP_NANOS = 60_000;

  private final Events events;
  private final SplittableRandom random;
  private final double rate;
  private long ahead;
  private long standsUntil;
  private boolean dead;

  /**
   * @param ahead what it shows at the beginning
   * @param rate nanoseconds that it shows for one that passes
   */
  NodeClock(Events events, SplittableRandom random, long ahead, double rate) {
    this.events = events;
    this.random = random;
    this.ahead = ahead;
    this.rate = rate;
  }

  @Override
  public long nanoTime() {
    return ahead + (long) (events.now() * rate);
  }

  @Override
  public void execute(Runnable task) {
    events.at(events.now() + random.nextInt(HOP_NANOS), this, task);
  }

  @Override
  public Timer schedule(long delayMillis, Runnable task) {
    long delay = (long) (delayMillis * Events.MILLI / rate);
    Events.Event event = events.at(events.now() + delay + random.nextInt(HOP_NANOS), this, task);
    return event::cancel;
  }

  @Override
  public long salt() {
    return random.nextLong();
  }

  /** It shows more at once, and what waited for that time is due. */
  void jump(long nanos) {
    ahead += nanos;
    events.bringForward(this, (long) (nanos / rate));
  }

  /** Nothing of the node happens before then; after it, all that was due. */
  void standStill(long until) {
    standsUntil = Math.max(standsUntil, until);
  }

  /** That time has come; unless it is to stand longer by now, it goes on. */
  void goOn(long until) {
    if (standsUntil <= until) {
      standsUntil = 0;
    }
  }

  void goOn() {
    standsUntil = 0;
  }

  long standsUntil() {
    return standsUntil;
  }

  /** Nothing of the node happens any more. */
  void die() {
    dead = true;
  }

  boolean isDead() {
    return dead;
  }
}
