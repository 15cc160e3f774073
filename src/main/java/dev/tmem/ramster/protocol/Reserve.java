package dev.tmem.ramster.protocol;

/** Where the memory of buffers is charged. Thread-safe. */
public interface Reserve {

  /** Sets bytes aside; false: there is no room for them, nothing has changed. */
  boolean take(long bytes);

  /** Gives them back. */
  void give(long bytes);

  /** Counts nothing. */
  Reserve UNBOUNDED =
      new Reserve() {
        @Override
        public boolean take(long bytes) {
          return true;
        }

        @Override
        public void give(long bytes) {
          // nothing was counted
        }
      };
}
