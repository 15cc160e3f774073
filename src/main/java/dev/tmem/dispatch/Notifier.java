package dev.tmem.dispatch;

import dev.tmem.Listening;
import dev.tmem.TmemEvent;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells whoever listens what happens in the dispatcher and in the rooms above it. Listeners are
 * called one after the other on the thread where it happened, never with a lock held, and must not
 * block; what one throws concerns nobody else.
 *
 * <p>Thread-safe: concurrent collections.
 */
public final class Notifier {

  private static final Logger LOG = LoggerFactory.getLogger(Notifier.class);

  private final List<Consumer<? super TmemEvent>> listeners = new CopyOnWriteArrayList<>();
  private final Map<String, LongAdder> counts = new ConcurrentHashMap<>();

  /** Adds a listener, until what is returned is closed. */
  public Listening listen(Consumer<? super TmemEvent> listener) {
    // A listener that is added twice is told twice, so it is known by its own entry.
    Consumer<TmemEvent> entry = event -> listener.accept(event);
    listeners.add(entry);
    return () -> listeners.remove(entry);
  }

  /** Something has happened. No lock is held. */
  public void tell(TmemEvent event) {
    counts.computeIfAbsent(event.type(), type -> new LongAdder()).increment();
    for (Consumer<? super TmemEvent> listener : listeners) {
      try {
        listener.accept(event);
      } catch (RuntimeException e) {
        LOG.warn("a listener failed to hear of {}", event.type(), e);
      }
    }
  }

  /** How often each thing has happened, by the names of the events. */
  public Map<String, Long> counts() {
    Map<String, Long> sums = new TreeMap<>();
    counts.forEach((type, count) -> sums.put(type, count.sum()));
    return sums;
  }
}
