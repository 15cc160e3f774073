package dev.tmem.ramster;

import dev.tmem.backend.SpaceInfo;
import dev.tmem.ramster.protocol.SpaceFacts;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** The page spaces whose pages may be lent. Thread-safe: a concurrent map. */
final class KnownSpaces implements SpaceFacts {

  /** Of a space that has ended meanwhile: the largest there are. */
  private static final int MAX_PAGE_BYTES = 64 << 10;

  private final Map<Integer, SpaceInfo> known = new ConcurrentHashMap<>();

  void add(SpaceInfo space) {
    known.put(space.number(), space);
  }

  void remove(int space) {
    known.remove(space);
  }

  @Override
  public boolean isEphemeral(int space) {
    SpaceInfo info = known.get(space);
    return info != null && !info.persistent();
  }

  @Override
  public int pageBytes(int space) {
    SpaceInfo info = known.get(space);
    return info == null ? MAX_PAGE_BYTES : info.pageSize();
  }
}
