package dev.tmem.cli.simulation.shared;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What was done to the pages of a cluster, and the judge of what is read: a page is stale if
 * something that began after its put had ended, or that the same node began after it had begun the
 * put, was over before the get began. What has no known outcome ends when its page is seen, or when
 * the node that asked for it asks again.
 *
 * <p>Confined to one thread.
 */
final class History {

  static final long NEVER = Long.MAX_VALUE;

  /** A put, or an invalidate of a page. */
  static final class Write {
    final String by;
    final long start;
    final @Nullable String content;

    /** Since then nobody waits for it any more, and nobody knows what has become of it. */
    long givenUp = NEVER;

    /** By then it has happened, if ever. */
    long latest = NEVER;

    /** By then it is known to have happened. */
    long known = NEVER;

    /** It was loaded: as its source had it at the start, and perhaps not kept. */
    boolean loaded;

    Write(String by, long start, @Nullable String content) {
      this.by = by;
      this.start = start;
      this.content = content;
    }
  }

  private final Map<String, List<Write>> writes = new HashMap<>();
  private @Nullable String violation;
  private int hits;
  private int misses;

  /** Throws what was found: a callback must not, since nobody would hear of it. */
  void check() {
    if (violation != null) {
      throw new StalePageException(violation);
    }
  }

  int hits() {
    return hits;
  }

  int misses() {
    return misses;
  }

  Write begin(String page, String by, long now, @Nullable String content) {
    Write write = new Write(by, now, content);
    writes.computeIfAbsent(page, some -> new ArrayList<>()).add(write);
    return write;
  }

  /** As {@link #begin}, of a page that was loaded. */
  Write loaded(String page, String by, long now, String content) {
    Write write = begin(page, by, now, content);
    write.loaded = true;
    write.latest = now;
    return write;
  }

  /** What the same node has asked for before, without an answer, does not happen any more. */
  void completed(String page, Write write, long now) {
    happened(write, now);
    for (Write other : writes.getOrDefault(page, List.of())) {
      if (other.by.equals(write.by) && other.givenUp <= write.start) {
        other.latest = Math.min(other.latest, write.start);
      }
    }
  }

  private static void happened(Write write, long now) {
    if (write.loaded) {
      return;
    }
    write.latest = Math.min(write.latest, now);
    write.known = Math.min(write.known, now);
  }

  /** Nobody knows what has become of it. */
  void givenUp(Write write, long now) {
    write.givenUp = now;
  }

  /** Whether the same user has asked for it later, awaiting the first one or not. */
  private static boolean isCalledAfter(Write write, Write read) {
    return write.by.equals(read.by) && write.start > read.start && !read.loaded && !write.loaded;
  }

  /** A get has brought a page. */
  void read(String page, long start, long now, @Nullable String content) {
    if (content == null) {
      misses++;
      return;
    }
    hits++;
    Write read = null;
    for (Write write : writes.getOrDefault(page, List.of())) {
      if (content.equals(write.content)) {
        read = write;
      }
    }
    if (read == null) {
      violation = page + " has " + content + ", which nobody has put there";
      return;
    }
    for (Write write : writes.getOrDefault(page, List.of())) {
      boolean isAfter = write.start > read.latest || isCalledAfter(write, read);
      if (isAfter && write.known < start) {
        violation =
            "%s was read as %s, put from %d to %d, by a get from %d to %d; between came %s, %d-%d"
                .formatted(
                    page,
                    content,
                    read.start,
                    read.latest,
                    start,
                    now,
                    write.content == null ? "an invalidate" : write.content,
                    write.start,
                    write.known);
      }
    }
    happened(read, now);
  }
}
