package dev.tmem.backend;

/** What a {@link SlowBackend} answers for one copy it was asked for. */
public sealed interface Fetched {

  /** The copy, its checksum verified by the backend. */
  record Found(Zpage zpage) implements Fetched {}

  /** This copy exists no more and will not come back. */
  record Gone(String reason) implements Fetched {}

  /** This copy cannot be reached now; it may come back. */
  record Unavailable(String reason) implements Fetched {}

  /** This copy was found, and is damaged. */
  record Corrupt(String reason) implements Fetched {}
}
