package dev.tmem.backend;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The copies of a backend that pages name, some at a time. One that is named throughout the walk is
 * seen at least once. Confined to one user at a time.
 */
@FunctionalInterface
public interface CopyWalk {

  /** Some more, at times none; null: that was all. */
  @Nullable List<PageRef> next();
}
