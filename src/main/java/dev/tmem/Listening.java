package dev.tmem;

/** A listener that was added, until it is closed. Closing is idempotent and never fails. */
public interface Listening extends AutoCloseable {

  /** The listener hears of nothing that happens from now on; a call under way goes on. */
  @Override
  void close();
}
