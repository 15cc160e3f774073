package dev.tmem.admin;

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
        public List<JsonObject> peers() {
          return List.of();
        }
      };
}
