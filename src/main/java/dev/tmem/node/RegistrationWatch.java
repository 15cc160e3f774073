package dev.tmem.node;

import dev.tmem.backend.Scheduler;
import dev.tmem.backend.Tick;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks now and then whether the others can find this member, and has what they find it by
 * published again if they cannot. The cluster manager does so itself when parts of a cluster merge;
 * but what fails while they do is not tried again, and a member that nobody finds is silent for
 * good though it is in the cluster.
 *
 * <p>Thread-safe: a look is over before the next one is due.
 */
final class RegistrationWatch {

  static final long PERIOD_MILLIS = 5_000;

  /** A merge takes a moment: what is missing once may be on its way. */
  private static final int MISSES = 2;

  private static final Logger LOG = LoggerFactory.getLogger(RegistrationWatch.class);

  private final Membership membership;
  private final String address;
  private final Scheduler scheduler;
  private final Tick tick;
  private int misses;

  /**
   * @param address one at which this member has a consumer
   */
  RegistrationWatch(Membership membership, String address, Scheduler scheduler, long millis) {
    this.membership = membership;
    this.address = address;
    this.scheduler = scheduler;
    this.tick = new Tick(scheduler, millis, this::look);
  }

  void start() {
    tick.next();
  }

  void stop() {
    tick.stop();
  }

  private void look() {
    membership.isFoundAt(address).onSuccess(this::judge).onComplete(done -> tick.next());
  }

  private void judge(boolean found) {
    misses = found ? 0 : misses + 1;
    if (misses == MISSES && !tick.isStopped()) {
      misses = 0;
      LOG.warn("the cluster has forgotten where {} is; it is published again", address);
      scheduler.execute(membership::publishAgain);
    }
  }
}
