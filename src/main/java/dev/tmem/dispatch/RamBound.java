package dev.tmem.dispatch;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.tmem.backend.Scheduler;
import io.vertx.core.Future;

/**
 * Something in RAM that has a limit, the pool or a capped area: where it stands between its marks,
 * and the stores that wait because of it.
 *
 * <p>Thread-safe: under this object's monitor, which is a leaf; {@link #isEmergency} and {@link
 * #isFull} are looked at by every store and are volatile. They may be some stores old.
 */
final class RamBound {

  private final RoomQueue room;
  private final Throttle throttle;

  @GuardedBy("this")
  private Watermarks marks = Watermarks.of(Long.MAX_VALUE);

  @GuardedBy("this")
  private long used;

  /** Whether the high mark was passed and the low one is not reached yet. */
  @GuardedBy("this")
  private boolean relieving;

  /** Whether it occupies more than its limit. */
  @GuardedBy("this")
  private boolean overheld;

  private volatile boolean emergency;
  private volatile boolean full;

  RamBound(Scheduler scheduler) {
    this.room = new RoomQueue(scheduler);
    this.throttle = new Throttle(scheduler);
  }

  RoomQueue room() {
    return room;
  }

  /**
   * Looks at the marks.
   *
   * @param heldBytes what it occupies
   * @param hopeless nothing can go down for the time being, so nobody is made to pay for it
   */
  void look(long usedBytes, long limitBytes, long heldBytes, boolean hopeless) {
    boolean over;
    synchronized (this) {
      used = usedBytes;
      overheld = heldBytes > limitBytes;
      if (limitBytes != marks.limit()) {
        marks = Watermarks.of(limitBytes);
      }
      if (usedBytes > marks.high()) {
        relieving = true;
      } else if (usedBytes <= marks.low()) {
        relieving = false;
      }
      emergency = usedBytes > marks.emergency() && !hopeless;
      full = usedBytes >= marks.limit();
      over = !emergency;
    }
    if (over) {
      throttle.release();
    }
  }

  /** Whether cold pages are to go down. */
  synchronized boolean isRelieving() {
    return relieving;
  }

  /** Whether something is to be done for it: cold pages go down, or what is held is given back. */
  boolean isNeeded() {
    if (isAwaited()) {
      return true;
    }
    synchronized (this) {
      return relieving || overheld;
    }
  }

  /** Whether writers pay. */
  boolean isEmergency() {
    return emergency;
  }

  /** Whether nothing fits any more. */
  boolean isFull() {
    return full;
  }

  synchronized Watermarks marks() {
    return marks;
  }

  /** Whether stores wait for room, or for a page that goes down for them. */
  boolean isAwaited() {
    return !room.isEmpty() || !throttle.isEmpty();
  }

  /** Stores that wait. */
  int waiting() {
    return room.size() + throttle.size();
  }

  /** Lanes that may work for it at once. */
  int lanes(int most) {
    if (!room.isEmpty()) {
      return most;
    }
    synchronized (this) {
      return marks.lanes(used, most);
    }
  }

  /** Of a store that is kept, and pays for it. */
  Future<Void> pay() {
    return throttle.pay();
  }

  /** So many pages have gone down: stores that waited for that go on. */
  void relieved(int pages) {
    throttle.relieved(pages);
    room.pump();
  }

  /** Nothing goes down: what waits goes on. */
  void giveUp() {
    throttle.release();
    room.giveUp();
  }
}
