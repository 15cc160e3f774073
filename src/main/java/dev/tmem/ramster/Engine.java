package dev.tmem.ramster;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.tmem.backend.Scheduler;
import dev.tmem.ramster.protocol.Envelope;
import dev.tmem.ramster.protocol.MessageCodec;
import dev.tmem.ramster.protocol.Outbox;
import dev.tmem.ramster.protocol.PeerNode;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs the steps of a {@link PeerNode} one at a time, and what they want done after them, in that
 * order, by whichever thread finds nobody else at it.
 *
 * <p>Thread-safe: {@code lock}, a leaf that is held together with the pool's only. {@code
 * effectsLock} is taken under it or alone, and held for a queue operation.
 */
final class Engine {

  private static final Logger LOG = LoggerFactory.getLogger(Engine.class);

  /** One step; what it returns is handed to the caller. */
  interface Step<T extends @Nullable Object> {
    T run(PeerNode node, long now, Outbox out);
  }

  private final Transport transport;
  private final Scheduler scheduler;
  private final ReentrantLock lock = new ReentrantLock();
  private final Object effectsLock = new Object();
  private final Outbox outbox = new Effects();

  @GuardedBy("lock")
  private final PeerNode node;

  @GuardedBy("lock")
  private Scheduler.@Nullable Timer timer;

  @GuardedBy("lock")
  private long timerDue;

  /** Which timer counts: one that was cancelled too late does not. */
  @GuardedBy("lock")
  private long timerNumber;

  @GuardedBy("lock")
  private boolean closed;

  @GuardedBy("effectsLock")
  private final Queue<Runnable> effects = new ArrayDeque<>();

  @GuardedBy("effectsLock")
  private boolean draining;

  Engine(Transport transport, Scheduler scheduler, PeerNode node) {
    this.transport = transport;
    this.scheduler = scheduler;
    this.node = node;
  }

  /**
   * @param ended what to answer when the engine is closed
   */
  <T extends @Nullable Object> T step(Step<T> step, T ended) {
    T answer;
    lock.lock();
    try {
      if (closed) {
        return ended;
      }
      answer = step.run(node, scheduler.nanoTime(), outbox);
      setTimer();
    } finally {
      lock.unlock();
    }
    drain();
    return answer;
  }

  /** Looks, without effects. */
  <T> T look(Function<PeerNode, T> question) {
    lock.lock();
    try {
      return question.apply(node);
    } finally {
      lock.unlock();
    }
  }

  @GuardedBy("lock")
  private void setTimer() {
    long due = node.due();
    if (timer != null) {
      if (due - timerDue >= 0) {
        return;
      }
      timer.cancel();
    }
    long nanos = due - scheduler.nanoTime();
    timerDue = due;
    long number = ++timerNumber;
    timer = scheduler.schedule(Math.max(1, (nanos + 999_999) / 1_000_000), () -> tick(number));
  }

  private void tick(long number) {
    step(
        (peerNode, now, out) -> {
          if (takeTimer(number)) {
            peerNode.tick(now, out);
          }
          return true;
        },
        false);
  }

  private boolean takeTimer(long number) {
    lock.lock();
    try {
      if (number != timerNumber) {
        return false;
      }
      timer = null;
      return true;
    } finally {
      lock.unlock();
    }
  }

  /** Fails what is under way, drops the foreign pages and stops the timer. */
  void close() {
    lock.lock();
    try {
      if (closed) {
        return;
      }
      closed = true;
      if (timer != null) {
        timer.cancel();
      }
      node.close(scheduler.nanoTime(), outbox);
    } finally {
      lock.unlock();
    }
    drain();
  }

  private void drain() {
    while (true) {
      Runnable effect;
      synchronized (effectsLock) {
        if (draining) {
          return;
        }
        effect = effects.poll();
        if (effect == null) {
          return;
        }
        draining = true;
      }
      try {
        effect.run();
      } catch (RuntimeException e) {
        LOG.error("a callback failed", e);
      } finally {
        synchronized (effectsLock) {
          draining = false;
        }
      }
    }
  }

  private void transmit(String address, Envelope envelope) {
    Buffer memory = transport.memory(address, MessageCodec.bytesAtMost(envelope));
    transport.send(address, MessageCodec.encode(envelope, memory));
  }

  private final class Effects implements Outbox {

    @Override
    public void send(String address, Envelope envelope) {
      after(() -> transmit(address, envelope));
    }

    @Override
    public void broadcast(Envelope envelope) {
      after(() -> transport.broadcast(MessageCodec.encode(envelope)));
    }

    /** Outside of a step nobody else would run it. */
    @Override
    public void after(Runnable effect) {
      synchronized (effectsLock) {
        effects.add(effect);
      }
      if (!lock.isHeldByCurrentThread()) {
        drain();
      }
    }

    @Override
    public void sendAfter(String address, Supplier<Envelope> envelope) {
      after(() -> transmit(address, envelope.get()));
    }
  }
}
