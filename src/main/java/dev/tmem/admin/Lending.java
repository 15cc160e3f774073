package dev.tmem.admin;

import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.List;

/** What an administrator sees and sets of a node's lending. Thread-safe. */
public interface Lending {

  /** The most bytes of peers' pages this node keeps. */
  long lendLimit();

  void setLendLimit(long bytes);

  /** Pages kept for peers. */
  long foreignPages();

  /** Bytes they take. */
  long foreignBytes();

  /**
   * Copies of this node's own pages at peers that are not heard, or that ended just now: they
   * cannot be had, and are not yet counted as exposed.
   */
  long pagesAway();

  /**
   * Lends no more, and hands all foreign pages back.
   *
   * @param millis the time for it; {@link Long#MAX_VALUE}: as long as it takes
   * @return the number of pages that were not taken in that time; 0 as soon as none is left
   */
  Future<Long> leave(long millis);

  /** Takes {@link #leave} back; whoever waits for it is told how many pages are left. */
  void stay();

  /** Whether it is on its way out: lends nothing, and hands back. */
  boolean isLeaving();

  /** The peers that are known; {@code docs/admin.md} has the fields. */
  List<JsonObject> peers();

  /** A node without peers. */
  Lending NONE =
      new Lending() {
        @Override
        public long lendLimit() {
          return 0;
        }

        @Override
        public void setLendLimit(long bytes) {
          // nobody is there to lend to
        }

        @Override
        public long foreignPages() {
          return 0;
        }

        @Override
        public long foreignBytes() {
          return 0;
        }

        @Override
        public long pagesAway() {
          return 0;
        }

        @Override
        public Future<Long> leave(long millis) {
          return Future.succeededFuture(0L);
        }

        @Override
        public void stay() {
          // it never left
        }

        @Override
        public boolean isLeaving() {
          return false;
        }

        @Override
        public List<JsonObject> peers() {
          return List.of();
        }
      };
}
